// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "net/task_group.h"

namespace gthulhu::net {

// What one coroutine waits at until somebody has something for it, or until a time has come.
//
// Threads: its loop's only.
class Wakeup {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Wakeup(const Executor& executor) : timer_(executor) {}

  // Who waits goes on; who does not wait yet will not wait the next time.
  void wake();

  Awaitable<> wait_until(Time when);
  Awaitable<> wait() { return wait_until(Time::max()); }

 private:
  boost::asio::steady_timer timer_;
  bool is_due_ = false;
};

}  // namespace gthulhu::net
