// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a scheduler that forgets a task, on a real kernel. This program's has that fault
// (forgetful_scheduler.bpf.c); all else is as it is shipped.
#include "tests/real/scheduler_enforcer_ground.h"

namespace gthulhu {
namespace {

using ::testing::HasSubstr;

class SchedulerStallTest : public SchedulerEnforcerTest {
 protected:
  static std::chrono::nanoseconds ran(pid_t process) {
    return std::chrono::nanoseconds(
        std::stoll(text_of("/proc/" + std::to_string(process) + "/schedstat")));
  }
};

TEST_F(SchedulerStallTest, WhoForgetsATaskIsThrownOutAndEverythingRunsOn) {
  make("/pod");
  start();
  expect_attached();
  // Two processes share a CPU; one is forgotten when its slice is over.
  const pid_t forgotten = hog("/pod", 0, "forgotten");
  const pid_t other = hog("/pod", 0);
  ASSERT_TRUE(is_vacant_soon());
  const auto forgotten_before = ran(forgotten);
  const auto other_before = ran(other);
  turn(1ms);
  EXPECT_FALSE(enforcer_->is_attached());
  const SchedulerStatus told = status();
  EXPECT_EQ(told.state, SchedulerState::delayed);
  EXPECT_EQ(told.enforcer, EnforcerKind::cfs);
  EXPECT_THAT(told.reason, HasSubstr("our scheduler was thrown out: "));
  ASSERT_EQ(told.exits.size(), 1U);
  EXPECT_EQ(told.exits[0].kind, SchedulerExitKind::stall) << told.exits[0].reason;
  const std::string who = "forgotten[" + std::to_string(forgotten) + "]";
  EXPECT_THAT(told.exits[0].message, HasSubstr(who));
  EXPECT_THAT(told.dump, HasSubstr(who));
  EXPECT_THAT(told.dump, HasSubstr("gthulhu: clock="));
  std::cout << told.reason << '\n';
  std::this_thread::sleep_for(1s);
  EXPECT_GT(ran(forgotten) - forgotten_before, 200ms);
  EXPECT_GT(ran(other) - other_before, 200ms);

  end(forgotten);
  turn(1s);
  expect_attached();
  EXPECT_EQ(status().exits.size(), 1U);
}

}  // namespace
}  // namespace gthulhu
