// SPDX-License-Identifier: Apache-2.0
//
// For tests: an event loop on which requests of a Channel run, one turn at a time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "net/channel.h"
#include "net/task_group.h"

namespace gthulhu::net {

// Null until the request has ended; then it stays so when the task was cancelled.
using Answer = std::shared_ptr<std::optional<Result<Response>>>;

class LoopForTest {
 public:
  using Asking = boost::asio::awaitable<Result<Response>>;

  ~LoopForTest() {
    tasks_.cancel();
    run();
  }
  LoopForTest() = default;
  LoopForTest(const LoopForTest&) = delete;
  LoopForTest& operator=(const LoopForTest&) = delete;

  // Runs it to its end.
  Result<Response> finish(Asking request) {
    const Answer answer = start(std::move(request));
    run();
    if (!*answer) return Error{Errc::internal, "the request was not finished", ""};
    return **answer;
  }
  // It goes on while others are finished, or in run_until().
  Answer start(Asking request) {
    auto answer = std::make_shared<std::optional<Result<Response>>>();
    tasks_.spawn(keep(std::move(request), answer));
    return answer;
  }
  // Until all that was started has ended.
  void run() {
    run_until([this] { return tasks_.size() == 0; });
  }
  template <class Condition>
  void run_until(Condition is_met) {
    context_.restart();
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!is_met() && std::chrono::steady_clock::now() < patience) {
      if (context_.stopped()) context_.restart();
      context_.run_one_for(std::chrono::milliseconds{1});
    }
  }
  void cancel() { tasks_.cancel(); }

  [[nodiscard]] boost::asio::io_context::executor_type executor() {
    return context_.get_executor();
  }

 private:
  static boost::asio::awaitable<void> keep(Asking request, Answer answer) {
    auto response = co_await std::move(request);
    *answer = std::move(response);
  }

  boost::asio::io_context context_{1};
  TaskGroup tasks_{context_.get_executor(), {}};
};

}  // namespace gthulhu::net
