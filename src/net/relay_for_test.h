// SPDX-License-Identifier: Apache-2.0
//
// For tests: stands between a client and a server, as a proxy does, or a network that fails.
#pragma once

#include <poll.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <thread>
#include <vector>

#include "net/listener_for_test.h"

namespace gthulhu::net {

// Passes bytes between whoever connects and a port of this machine.
class Relay {
 public:
  // What is said to a client first; false: it is turned away. Called on the relay's thread.
  using Greeting = std::function<bool(int client)>;

  explicit Relay(std::uint16_t to, Greeting greet = {})
      : to_(to), greet_(std::move(greet)), thread_([this] { run(); }) {}
  ~Relay() {
    is_over_ = true;
    thread_.join();
  }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  [[nodiscard]] std::uint16_t port() const { return listener_.port(); }
  [[nodiscard]] int accepted() const { return accepted_; }

  // From now on nothing passes over connections made so far, not even their end: so it looks when
  // the other machine lost its power. New ones are served.
  void fall_silent() {
    silence_wanted_ = true;
    while (silence_wanted_) std::this_thread::yield();
  }

 private:
  struct Pair {
    Fd client;
    Fd server;
    bool is_silent = false;
  };

  void run() {
    while (!is_over_) {
      if (silence_wanted_) {
        for (Pair& pair : pairs_) pair.is_silent = true;
        silence_wanted_ = false;
      }
      pollfd next{.fd = listener_.descriptor(), .events = POLLIN, .revents = 0};
      if (::poll(&next, 1, 1) > 0) accept();
      pairs_.remove_if([](const Pair& pair) { return !pair.is_silent && !pass(pair); });
    }
  }

  void accept() {
    Fd client(::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
    ++accepted_;
    const timeval patience{10, 0};
    ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (greet_ && !greet_(client.get())) return;
    Fd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(to_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      return;
    }
    pairs_.push_back({std::move(client), std::move(server)});
  }

  // What is there, both ways. False when either side has ended.
  static bool pass(const Pair& pair) {
    return pass(pair.client.get(), pair.server.get()) && pass(pair.server.get(), pair.client.get());
  }
  static bool pass(int from, int to) {
    std::vector<char> bytes(65536);
    for (;;) {
      const auto size = ::recv(from, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (size == 0) return false;
      if (size < 0) return errno == EAGAIN;
      for (ssize_t sent = 0; sent < size;) {
        const auto now =
            ::send(to, bytes.data() + sent, static_cast<std::size_t>(size - sent), MSG_NOSIGNAL);
        if (now <= 0) return false;
        sent += now;
      }
    }
  }

  const Listener listener_;
  const std::uint16_t to_;
  const Greeting greet_;
  std::list<Pair> pairs_;  // of the thread
  std::atomic<int> accepted_ = 0;
  std::atomic<bool> silence_wanted_ = false;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

}  // namespace gthulhu::net
