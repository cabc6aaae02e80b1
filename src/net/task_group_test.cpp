// SPDX-License-Identifier: Apache-2.0
#include "net/task_group.h"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <stdexcept>

namespace gthulhu::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::ElementsAre;

asio::awaitable<void> wait_long(asio::io_context* context, bool* ended) {
  asio::steady_timer timer(*context);
  timer.expires_after(1h);
  co_await timer.async_wait(as_tuple);
  *ended = true;
}

// Looks at no error, and goes on for ever unless it is cut off.
asio::awaitable<void> wait_stubbornly(asio::io_context* context) {
  asio::steady_timer timer(*context);
  for (;;) {
    timer.expires_after(1h);
    co_await timer.async_wait(as_tuple);
  }
}

asio::awaitable<void> fail(std::string why) {
  throw std::runtime_error(why);
  co_return;
}

asio::awaitable<void> count(int* counter) {
  ++*counter;
  co_return;
}

TEST(TaskGroup, is_empty_when_its_tasks_have_ended) {
  asio::io_context context;
  TaskGroup group(context.get_executor(), {});
  int ended = 0;
  int empty = 0;
  for (int i = 0; i < 3; ++i) group.spawn(count(&ended));
  group.when_empty([&empty] { ++empty; });
  EXPECT_EQ(group.size(), 3U);
  context.run_for(10s);
  EXPECT_EQ(ended, 3);
  EXPECT_EQ(group.size(), 0U);
  group.when_empty([&empty] { ++empty; });
  EXPECT_EQ(empty, 2);
}

TEST(TaskGroup, ends_all_its_tasks_when_cancelled_also_stubborn_ones) {
  asio::io_context context;
  TaskGroup group(context.get_executor(), {});
  bool ended = false;
  group.spawn(wait_long(&context, &ended));
  for (int i = 0; i < 10; ++i) group.spawn(wait_stubbornly(&context));
  context.poll();
  EXPECT_EQ(group.size(), 11U);
  group.cancel();
  context.run_for(10s);
  EXPECT_TRUE(ended);
  EXPECT_EQ(group.size(), 0U);
}

TEST(TaskGroup, reports_exceptions_and_goes_on) {
  asio::io_context context;
  std::vector<std::string> reports;
  TaskGroup group(context.get_executor(),
                  [&reports](const Error& error) { reports.push_back(error.detail); });
  int ended = 0;
  group.spawn(fail("one"));
  group.spawn(count(&ended));
  context.run_for(10s);
  EXPECT_THAT(reports, ElementsAre("one"));
  EXPECT_EQ(ended, 1);
}

TEST(TaskGroup, stop_waits_for_the_grace_and_then_cuts_off) {
  const auto network = NetworkThread::start().value();
  TaskGroup group(network->context().get_executor(), {});
  int ended = 0;
  network->post([&] { group.spawn(count(&ended)); });
  EXPECT_TRUE(group.stop(10s));
  EXPECT_EQ(ended, 1);
  network->post([&] { group.spawn(wait_stubbornly(&network->context())); });
  EXPECT_FALSE(group.stop(10ms));
}

TEST(TaskGroupDeathTest, dying_with_tasks_is_a_broken_invariant) {
  const auto die_early = [] {
    asio::io_context context;
    TaskGroup group(context.get_executor(), {});
    group.spawn(wait_stubbornly(&context));
  };
  EXPECT_DEATH(die_early(), "broken invariant");
}

TEST(NetworkThread, survives_a_job_that_throws_and_reports_it) {
  std::promise<std::string> reported;
  const auto network =
      NetworkThread::start([&](const Error& error) { reported.set_value(error.detail); }).value();
  network->post([] { throw std::runtime_error("bad turn"); });
  EXPECT_EQ(reported.get_future().get(), "bad turn");
  std::promise<void> ran;
  network->post([&] { ran.set_value(); });
  EXPECT_EQ(ran.get_future().wait_for(10s), std::future_status::ready);
}

}  // namespace
}  // namespace gthulhu::net
