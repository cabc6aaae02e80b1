// SPDX-License-Identifier: Apache-2.0
//
// Every coroutine belongs to a TaskGroup: nothing runs that nobody can stop and wait for.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "net/network_thread.h"

namespace gthulhu::net {

// Completion token of all asynchronous operations here: failures come as values.
inline constexpr boost::asio::as_tuple_t<boost::asio::use_awaitable_t<>> as_tuple{};

// What a coroutine is, for those that may not name Asio in their headers.
template <class T = void>
using Awaitable = boost::asio::awaitable<T>;
using Executor = boost::asio::any_io_executor;

// Coroutines on one event loop. The group must be empty before what its tasks refer to dies, and
// when it dies itself (else it stops the program).
//
// Threads: only the loop's, but for stop().
class TaskGroup {
 public:
  TaskGroup(boost::asio::any_io_executor executor, FailureReport report);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // An exception that leaves the task is reported; the others go on.
  void spawn(boost::asio::awaitable<void> task);
  [[nodiscard]] std::size_t size() const;

  // Ends what each task waits for with operation_aborted; its next co_await throws. So a task
  // ends within one turn of the loop, whatever it was doing.
  void cancel();

  // Calls `done` once, on the loop, when the group is or becomes empty.
  void when_empty(std::function<void()> done);

  // From any thread but the loop's: waits up to `grace` for the tasks to end by themselves, then
  // cuts them off and waits for that. True when nothing had to be cut off.
  bool stop(std::chrono::milliseconds grace);

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with completions that are under way
};

}  // namespace gthulhu::net
