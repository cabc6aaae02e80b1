// SPDX-License-Identifier: Apache-2.0
//
// Against the machine's own kernel.
#include "adapters/cfs/task_scheduling.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "adapters/cfs/test_machine.h"

namespace gthulhu {
namespace {

using testing::default_slice;
using testing::FailingCalls;
using testing::read_attr;
using testing::TestProcess;
using testing::write_attr;

class OnThisKernel : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!scheduling_.takes_slices()) GTEST_SKIP() << "this kernel takes no custom slices (< 6.12)";
  }
  void set(const SchedValues& to) {
    const auto now = scheduling_.get(process_.pid());
    ASSERT_TRUE(now);
    const auto done = scheduling_.set(process_.pid(), *now, to);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(scheduling_.get(process_.pid())->values, to);
  }

  KernelSchedulingCalls calls_;
  TaskScheduling scheduling_ = *TaskScheduling::probe(calls_);
  const TestProcess process_;
};

TEST_F(OnThisKernel, the_default_slice_reads_as_zero_and_zero_restores_it) {
  EXPECT_EQ(scheduling_.get(process_.pid())->values, (SchedValues{SCHED_OTHER, 0, 0}));
  set({SCHED_OTHER, -10, 100'000});
  EXPECT_EQ(read_attr(process_.pid()).runtime, 100'000U);
  set({SCHED_OTHER, 0, 0});
  EXPECT_EQ(read_attr(process_.pid()).runtime, default_slice());
}

TEST_F(OnThisKernel, every_change_of_policy_arrives_with_nice_and_slice) {
  const std::vector<SchedValues> values{{SCHED_OTHER, -3, 300'000}, {SCHED_BATCH, 4, 0},
                                        {SCHED_IDLE, 4, 0},         {SCHED_OTHER, 1, 100'000},
                                        {SCHED_IDLE, 0, 200'000},   {SCHED_BATCH, -20, 100'000'000},
                                        {SCHED_OTHER, 19, 0}};
  for (const SchedValues& to : values) set(to);
}

TEST_F(OnThisKernel, reset_on_fork_stays) {
  write_attr(process_.pid(), SCHED_OTHER, 0, 0, true);
  for (const SchedValues& to : {SchedValues{SCHED_OTHER, -3, 300'000},
                                SchedValues{SCHED_IDLE, 2, 0}, SchedValues{SCHED_OTHER, 0, 0}}) {
    set(to);
    EXPECT_EQ(read_attr(process_.pid()).flags & flag_reset_on_fork, flag_reset_on_fork);
  }
}

TEST_F(OnThisKernel, a_task_that_became_real_time_meanwhile_is_refused_not_changed) {
  const auto before = scheduling_.get(process_.pid());
  write_attr(process_.pid(), SCHED_FIFO, 0, 0);
  EXPECT_FALSE(scheduling_.set(process_.pid(), *before, {SCHED_OTHER, -5, 100'000}));
  EXPECT_EQ(read_attr(process_.pid()).policy, static_cast<std::uint32_t>(SCHED_FIFO));
}

TEST_F(OnThisKernel, the_probe_leaves_the_calling_thread_as_it_is) {
  const SchedAttr before = read_attr(0);
  ASSERT_TRUE(TaskScheduling::probe(calls_));
  EXPECT_EQ(read_attr(0).runtime, before.runtime);
  EXPECT_EQ(read_attr(0).nice, before.nice);
}

TEST(TaskScheduling, each_errno_has_its_meaning) {
  FailingCalls calls;
  TaskScheduling scheduling = *TaskScheduling::probe(calls);
  const TestProcess process;
  for (const auto& [number, code] :
       {std::pair{ESRCH, Errc::not_found}, std::pair{EPERM, Errc::forbidden},
        std::pair{ENOSYS, Errc::unsupported}, std::pair{EBUSY, Errc::unavailable}}) {
    calls.fault = {0};
    calls.error = number;
    EXPECT_EQ(scheduling.get(process.pid()).error().code, code) << number;
  }
}

TEST(TaskScheduling, a_kernel_without_slices_is_told_from_one_with_them) {
  FailingCalls calls;
  calls.knows_slices = false;
  const TaskScheduling scheduling = *TaskScheduling::probe(calls);
  EXPECT_FALSE(scheduling.takes_slices());
  EXPECT_EQ(scheduling.as_read(100'000), 0U);
}

}  // namespace
}  // namespace gthulhu
