// SPDX-License-Identifier: Apache-2.0
//
// The thread on which all sockets of the program live.
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"

namespace boost::asio {
class io_context;
}

namespace gthulhu::net {

// Told about what nobody waits for: a handler that threw, accepting that failed. Called from
// network and worker threads; must not throw.
using FailureReport = std::function<void(const Error&)>;

// One event loop and its thread. Several servers share it; they must be gone before it is.
//
// Threads: all functions from anywhere.
class NetworkThread {
 public:
  // Errc::unavailable when the system gives no thread or no descriptors.
  static Result<std::unique_ptr<NetworkThread>> start(FailureReport report = {});
  ~NetworkThread();
  NetworkThread(const NetworkThread&) = delete;
  NetworkThread& operator=(const NetworkThread&) = delete;

  [[nodiscard]] boost::asio::io_context& context();

  // Runs `job` on the thread, soon. It must not block.
  void post(std::function<void()> job);

 private:
  struct Loop;
  explicit NetworkThread(std::unique_ptr<Loop> loop);

  std::unique_ptr<Loop> loop_;
};

}  // namespace gthulhu::net
