// SPDX-License-Identifier: Apache-2.0
#include "app/agent/report_stream.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/fakes/fake_clock.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

class LastReport : public ReportSink {
 public:
  NodeReport last;
  void node_reported(NodeReport report) override { last = std::move(report); }
};

NodeReport of_generation(Generation generation) {
  NodeReport report;
  report.generation = generation;
  return report;
}

class ReportStreamTest : public testing::Test {
 protected:
  FakeClock clock_;
  LastReport sink_;
  ReportStream stream_{clock_, sink_};
};

TEST_F(ReportStreamTest, answers_at_once_when_there_is_something_new) {
  const auto before = stream_.sequence();
  stream_.node_reported(of_generation(4));
  EXPECT_EQ(sink_.last.generation, 4u);
  const auto changes = stream_.wait(before, 1h);
  EXPECT_EQ(changes.report.generation, 4u);
  EXPECT_EQ(changes.sequence, before + 1);
  EXPECT_TRUE(stream_.wait(std::nullopt, 1h).whole);
}

TEST_F(ReportStreamTest, wakes_who_waits_when_something_is_reported) {
  const auto before = stream_.sequence();
  std::jthread reporter([&] { stream_.node_reported(of_generation(5)); });
  EXPECT_EQ(stream_.wait(before, 1h).report.generation, 5u);
}

TEST_F(ReportStreamTest, says_that_nothing_is_new_after_the_time_asked_for) {
  const auto now = stream_.sequence();
  const auto changes = stream_.wait(now, 1ms);
  EXPECT_EQ(changes.sequence, now);
  EXPECT_FALSE(changes.whole);
  EXPECT_TRUE(changes.report.intents.empty());
}

TEST_F(ReportStreamTest, lets_go_of_who_waits_when_it_stops) {
  const auto now = stream_.sequence();
  std::jthread stopper([&] { stream_.stop(); });
  EXPECT_EQ(stream_.wait(now, 1h).sequence, now);
}

}  // namespace
}  // namespace gthulhu
