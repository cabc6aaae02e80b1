// SPDX-License-Identifier: Apache-2.0
#include "net/task_group.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <future>
#include <list>
#include <vector>

#include "base/check.h"

namespace gthulhu::net {

namespace asio = boost::asio;

struct TaskGroup::State {
  asio::any_io_executor executor;
  FailureReport report;
  std::list<asio::cancellation_signal> tasks;
  std::vector<std::function<void()>> waiting;

  void ended(std::exception_ptr failure) {
    if (failure == nullptr) return;
    try {
      std::rethrow_exception(std::move(failure));
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) return;  // by cancel()
      if (report) report({Errc::internal, "Internal Server Error", error.what()});
    } catch (const std::exception& error) {
      if (report) report({Errc::internal, "Internal Server Error", error.what()});
    }
  }

  void remove(std::list<asio::cancellation_signal>::iterator task) {
    tasks.erase(task);
    if (!tasks.empty()) return;
    for (const auto& done : std::exchange(waiting, {})) done();
  }

  void when_empty(std::function<void()> done) {
    if (tasks.empty()) {
      done();
    } else {
      waiting.push_back(std::move(done));
    }
  }

  void cancel() {
    for (auto& task : tasks) task.emit(asio::cancellation_type::terminal);
  }
};

TaskGroup::TaskGroup(asio::any_io_executor executor, FailureReport report)
    : state_(std::make_shared<State>()) {
  state_->executor = std::move(executor);
  state_->report = std::move(report);
}

TaskGroup::~TaskGroup() {
  CHECK(state_->tasks.empty());
}

void TaskGroup::spawn(asio::awaitable<void> task) {
  const auto place = state_->tasks.emplace(state_->tasks.end());
  auto on_end = [state = state_, place](std::exception_ptr failure) {
    state->ended(std::move(failure));
    // The coroutine's frame may still refer to the signal here, and cancel() may be walking
    // through the list.
    asio::post(state->executor, [state, place] { state->remove(place); });
  };
  asio::co_spawn(state_->executor, std::move(task),
                 asio::bind_cancellation_slot(place->slot(), std::move(on_end)));
}

std::size_t TaskGroup::size() const {
  return state_->tasks.size();
}

void TaskGroup::cancel() {
  state_->cancel();
}

void TaskGroup::when_empty(std::function<void()> done) {
  state_->when_empty(std::move(done));
}

bool TaskGroup::stop(std::chrono::milliseconds grace) {
  auto empty = std::make_shared<std::promise<void>>();
  auto ended = empty->get_future();
  asio::post(state_->executor,
             [state = state_, empty] { state->when_empty([empty] { empty->set_value(); }); });
  if (ended.wait_for(grace) == std::future_status::ready) return true;
  asio::post(state_->executor, [state = state_] { state->cancel(); });
  ended.wait();
  return false;
}

}  // namespace gthulhu::net
