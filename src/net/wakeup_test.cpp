// SPDX-License-Identifier: Apache-2.0
#include "net/wakeup.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <string>

namespace gthulhu::net {
namespace {

using namespace std::chrono_literals;

class WakeupTest : public testing::Test {
 protected:
  Awaitable<> wait_twice() {
    const auto began = std::chrono::steady_clock::now();
    co_await wakeup_.wait_until(began + 20ms);
    waited_ = std::chrono::steady_clock::now() - began;
    heard_ += "first ";
    co_await wakeup_.wait();
    heard_ += "second";
  }

  boost::asio::io_context context_;
  TaskGroup tasks_{context_.get_executor(), {}};
  Wakeup wakeup_{context_.get_executor()};
  std::chrono::nanoseconds waited_{0};
  std::string heard_;
};

TEST_F(WakeupTest, who_waits_goes_on_when_it_is_time_or_when_woken) {
  tasks_.spawn(wait_twice());
  context_.run_for(200ms);
  EXPECT_EQ(heard_, "first ");
  EXPECT_GE(waited_, 20ms);
  wakeup_.wake();
  context_.restart();
  context_.run();
  EXPECT_EQ(heard_, "first second");
}

TEST_F(WakeupTest, who_was_woken_before_does_not_wait) {
  wakeup_.wake();
  tasks_.spawn(wait_twice());
  context_.run_for(10ms);
  EXPECT_EQ(heard_, "first ");
  EXPECT_LT(waited_, 20ms);
  tasks_.cancel();
  context_.restart();
  context_.run();
}

}  // namespace
}  // namespace gthulhu::net
