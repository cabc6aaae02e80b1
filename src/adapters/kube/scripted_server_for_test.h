// SPDX-License-Identifier: Apache-2.0
//
// For tests: an API server that says what it is told to, and the way to it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "adapters/kube/api_access.h"
#include "base/clock.h"
#include "core/sync/object_versions.h"
#include "net/network_thread.h"
#include "net/server.h"
#include "net/worker_pool.h"

namespace gthulhu {

using Objects = std::map<std::string, ResourceVersion>;

class RealClock : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }
  [[nodiscard]] MonotonicTime monotonic() const override {
    return std::chrono::steady_clock::now();
  }
  [[nodiscard]] std::chrono::nanoseconds thread_cpu() const override { return {}; }
};

inline std::string object(const std::string& uid, ResourceVersion version) {
  return R"({"metadata":{"uid":")" + uid + R"(","name":")" + uid + R"(","resourceVersion":")" +
         std::to_string(version) + R"("}})";
}

inline std::string list_of(const Objects& objects,
                           ResourceVersion version,
                           const std::string& more = "") {
  std::string items;
  for (const auto& [uid, own] : objects) items += (items.empty() ? "" : ",") + object(uid, own);
  return R"({"kind":"NodeList","metadata":{"resourceVersion":")" + std::to_string(version) +
         R"(","continue":")" + more + R"("},"items":[)" + items + "]}";
}

inline std::string event(const std::string& type, const std::string& uid, ResourceVersion version) {
  return R"({"type":")" + type + R"(","object":)" + object(uid, version) + "}\n";
}

// An API server that says what the test tells it to, of each kind of objects the first answer to
// the first request and so on, and remembers what it was asked. Requests for which there is no
// answer yet wait.
class ScriptedServer : public net::Handler {
 public:
  ScriptedServer() {
    server_ = std::move(*net::Server::start(*network_, {workers_, workers_, workers_}, *this,
                                            {.address = {"127.0.0.1", 0}}));
  }
  ~ScriptedServer() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    server_.reset();
  }

  static constexpr const char* nodes = "/api/v1/nodes";

  void answer(int status,
              std::string body,
              net::Headers headers = {},
              const std::string& to = nodes) {
    const std::lock_guard lock(mutex_);
    talks_[to].answers.push_back(
        {.status = status, .body = std::move(body), .headers = std::move(headers)});
    changed_.notify_all();
  }
  void answer(std::string body, const std::string& to = nodes) {
    answer(200, std::move(body), {}, to);
  }
  // To an audit's list.
  void answer_audit(std::string body) { answer(std::move(body), audit); }

  // The requests for nodes so far, once there are so many.
  std::vector<std::string> asked(std::size_t count) {
    std::unique_lock lock(mutex_);
    const std::vector<std::string>& asked = talks_[nodes].asked;
    changed_.wait_for(lock, std::chrono::seconds{10}, [&] { return asked.size() >= count; });
    return asked;
  }

  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_->port());
  }

  [[nodiscard]] net::RunsOn runs_on(const net::Request& /*request*/) const override {
    return net::RunsOn::worker;
  }
  net::Response handle(const net::Request& request) override {
    std::unique_lock lock(mutex_);
    const std::string* accept = request.headers.find("Accept");
    const bool is_audit = accept != nullptr && accept->find("Partial") != std::string::npos;
    std::string query;
    for (const auto& [name, value] : request.query) query += " " + name + "=" + value;
    Talk& talk = talks_[is_audit ? audit : request.path];
    const std::size_t mine = talk.asked.size();
    talk.asked.push_back(request.path + query);
    changed_.notify_all();
    changed_.wait(lock, [&] { return talk.answers.size() > mine || ending_; });
    net::Response response;
    response.status = 503;
    return talk.answers.size() > mine ? talk.answers[mine] : response;
  }

 private:
  static constexpr const char* audit = "audit";
  struct Talk {
    std::deque<net::Response> answers;
    std::vector<std::string> asked;
  };

  std::mutex mutex_;  // guards the next three
  std::condition_variable changed_;
  std::map<std::string, Talk> talks_;  // by path
  bool ending_ = false;

  std::unique_ptr<net::NetworkThread> network_ = std::move(*net::NetworkThread::start());
  net::WorkerPool workers_{{.threads = 16}};
  std::unique_ptr<net::Server> server_;
};

class ScriptedAccess : public ApiAccess {
 public:
  explicit ScriptedAccess(std::string url) : url_(std::move(url)) {}
  Result<net::ClientSettings> connection() override {
    net::ClientSettings settings;
    settings.url = url_;
    return settings;
  }
  Result<net::Headers> credentials() override { return net::Headers{}; }
  void refused() override { ++refusals; }
  [[nodiscard]] std::string description() const override { return "the test's server"; }

  std::atomic<int> refusals{0};

 private:
  std::string url_;
};

}  // namespace gthulhu
