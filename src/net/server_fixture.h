// SPDX-License-Identifier: Apache-2.0
//
// For tests: a server with a handler that does what the path says, and a peer that says whatever
// bytes a test wants.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/owned.h"
#include "base/text.h"
#include "net/server.h"

namespace gthulhu::net {

using namespace std::chrono_literals;

// Requests to /gate wait at it until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] bool wait_for(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

class PathHandler : public Handler {
 public:
  Gate gate;
  std::atomic<int> handled{0};
  const std::string fixed = std::string(4UL * 1024 * 1024, 'f');

  [[nodiscard]] RunsOn runs_on(const Request& request) const override {
    if (request.path.starts_with("/quick")) return RunsOn::network_thread;
    if (request.path.starts_with("/password")) return RunsOn::password_worker;
    return RunsOn::worker;
  }

  Response handle(const Request& request) override {
    ++handled;
    Response response;
    response.content_type = "text/plain";
    response.body = request.method + " " + request.path + " " + request.body;
    if (request.path.ends_with("/gate")) gate.pass();
    if (request.path.ends_with("/throw")) throw std::runtime_error("the handler fell over");
    if (request.path.ends_with("/inject")) response.headers.add("X-Thing", "a\r\nX-Evil: b");
    if (request.path.ends_with("/big")) response.body.assign(4 * 1024 * 1024, 'x');
    if (request.path.ends_with("/fixed")) {
      response.body.clear();
      response.fixed_body = fixed;
    }
    if (request.path.ends_with("/empty")) response.status = 204;
    if (request.path.ends_with("/size")) response.body = std::to_string(request.body.size());
    if (request.path.ends_with("/id")) response.body = request.request_id;
    if (request.path.ends_with("/who")) {
      response.body = request.peer_certificate ? request.peer_certificate->subject : "nobody";
      if (request.peer_certificate) {
        for (const auto& name : request.peer_certificate->uris) response.body += " " + name;
        for (const auto& name : request.peer_certificate->dns_names) response.body += " " + name;
      }
    }
    return response;
  }
};

// A TCP connection to a port of this machine, without any knowledge of HTTP but lengths.
class RawPeer {
 public:
  explicit RawPeer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{10, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    connected_ =
        ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  [[nodiscard]] bool connected() const { return connected_; }

  // False when the server does not take all of it.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // The system takes no more for it than it must.
  void receive_little() {
    const int bytes = 64 * 1024;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  void finish_sending() { ::shutdown(socket_.get(), SHUT_WR); }

  // One response as text, by its Content-Length; what came when the connection ends before.
  std::string response() {
    for (;;) {
      const auto head = received_.find("\r\n\r\n");
      if (head != std::string::npos) {
        const std::size_t size = head + 4 + body_size(received_.substr(0, head + 2));
        if (received_.size() >= size) {
          const std::string one = received_.substr(0, size);
          received_.erase(0, size);
          return one;
        }
      }
      if (!receive()) return std::exchange(received_, "");
    }
  }
  // Everything until the server closes. Nothing is added when it resets the connection.
  std::string rest() {
    while (receive()) {
    }
    return std::exchange(received_, "");
  }
  // The server closed the connection in order, not by a reset or never.
  [[nodiscard]] bool closed_in_order() const { return end_ == 0; }

 private:
  bool receive() {
    char bytes[16384];
    const auto size = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    end_ = size < 0 ? errno : 0;
    if (size <= 0) return false;
    received_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }

  static std::size_t body_size(const std::string& head) {
    const std::string field = "Content-Length: ";
    const auto place = head.find(field);
    if (place == std::string::npos) return 0;
    const auto begin = place + field.size();
    return parse_number<std::size_t>(head.substr(begin, head.find('\r', begin) - begin))
        .value_or(0);
  }

  Fd socket_;
  bool connected_ = false;
  std::string received_;
  int end_ = -1;
};

inline int status_of(const std::string& response) {
  if (!response.starts_with("HTTP/1.1 ") || response.size() < 12) return 0;
  return parse_number<int>(response.substr(9, 3)).value_or(0);
}

inline std::string body_of(const std::string& response) {
  const auto end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}

// Deadlines short enough for a test, ticks fine enough to see them.
inline ServerLimits quick_limits() {
  ServerLimits limits;
  limits.deadline_tick = 10ms;
  return limits;
}

// Everything a server needs, taken down in the right order.
class Serving {
 public:
  explicit Serving(ServerLimits limits = quick_limits(),
                   WorkerLimits workers = {},
                   std::optional<TlsSettings> tls = {})
      : network_(NetworkThread::start().value()), workers_(workers) {
    auto report = [this](const Error& error) {
      const std::lock_guard lock(mutex_);
      reports_.push_back(error.text());
    };
    server_ = Server::start(*network_, pools(), handler,
                            {{"127.0.0.1", 0}, std::move(tls), limits, report})
                  .value();
  }
  ~Serving() { handler.gate.open(); }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] Server& server() { return *server_; }
  [[nodiscard]] NetworkThread& network() { return *network_; }
  [[nodiscard]] WorkerPools pools() { return {workers_, password_workers_, waiting_workers_}; }
  std::vector<std::string> reports() {
    const std::lock_guard lock(mutex_);
    return reports_;
  }

 private:
  std::mutex mutex_;  // guards reports_
  std::vector<std::string> reports_;
  std::unique_ptr<NetworkThread> network_;
  WorkerPool workers_;
  WorkerPool password_workers_{{.threads = 1, .queue = 1}};
  WorkerPool waiting_workers_{{.threads = 1, .queue = 1}};

 public:
  PathHandler handler;

 private:
  std::unique_ptr<Server> server_;
};

}  // namespace gthulhu::net
