// SPDX-License-Identifier: Apache-2.0
//
// The contract of RunQueueMeter: the bursts that it counts are the runs that the kernel itself has
// summed up of the same tasks, whichever scheduler they are under.
#include <algorithm>

#include "adapters/bpf/scheduler_program.h"
#include "tests/contract/run_queue_ground.h"

namespace gthulhu {
namespace {

TEST_F(RunQueueMeterContract, counts_every_run_and_how_it_ended) {
  count_in("/pod");
  Worker worker(children_);
  const Schedstat before = settle(worker, "/pod");
  const std::vector<pid_t> spinners{worker.start_spinner(), worker.start_spinner()};
  worker.work_and_sleep();
  const Schedstat all = all_of(spinners, worker, before);
  const RunCounts found = counted();
  EXPECT_EQ(found.bursts.total(), all.left);
  EXPECT_EQ(found.bursts.sum.count(), all.ran.count());
  EXPECT_EQ(found.preempted, all.interrupted);
  EXPECT_GT(found.preempted, 0U) << "the spinners take turns";
}

TEST_F(RunQueueMeterContract, counts_the_same_under_our_scheduler) {
  const auto scheduler = SchedulerProgram::load(hierarchy_.version);
  if (!scheduler) GTEST_SKIP() << scheduler.error().text();
  ASSERT_TRUE((*scheduler)->attach());
  count_in("/pod");
  Worker worker(children_);
  const Schedstat before = settle(worker, "/pod");
  const std::vector<pid_t> spinners{worker.start_spinner(), worker.start_spinner()};
  worker.work_and_sleep();
  const Schedstat all = all_of(spinners, worker, before);
  EXPECT_FALSE((*scheduler)->end()) << "its tasks would be the kernel's own again";
  const RunCounts found = counted();
  EXPECT_EQ(waits(found), all.runs);
  EXPECT_EQ(found.waits.sum.count(), all.waited.count());
  EXPECT_EQ(found.bursts.total(), all.left);
  EXPECT_EQ(found.bursts.sum.count(), all.ran.count());
  EXPECT_EQ(found.preempted, all.interrupted);
}

TEST_F(RunQueueMeterContract, has_bursts_in_the_buckets_of_their_length) {
  count_in("/pod");
  Worker worker(children_);
  settle(worker, "/pod");
  const RunCounts before = counted();
  worker.work_and_sleep();
  schedstat(worker.process());
  const RunCounts found = counted();
  // From 2.1 to 4.2 ms.
  constexpr std::size_t bucket = 9;
  static_assert(DurationCounts::bound(bucket - 1) < burst && burst < DurationCounts::bound(bucket));
  const auto since = [&](std::size_t i) {
    return found.bursts.counts.at(i) - before.bursts.counts.at(i);
  };
  std::uint64_t longer = 0;
  for (std::size_t i = bucket + 1; i < DurationCounts::bucket_count; ++i) longer += since(i);
  // Where the CPU is taken meanwhile a burst is cut into several that are shorter; where a sleep is
  // over before the CPU has been left, two are one. It sleeps once more, for its next order.
  const std::uint64_t cuts = found.preempted - before.preempted;
  const std::uint64_t ends = found.bursts.total() - before.bursts.total() - cuts;
  const std::uint64_t merged = std::max(std::uint64_t{bursts + 1}, ends) - ends;
  EXPECT_GE(since(bucket) + longer + cuts + 2 * merged, std::uint64_t{bursts})
      << cuts << " cuts, " << merged << " merged";
  EXPECT_LE(since(bucket) + longer, std::uint64_t{bursts});
  EXPECT_LE(longer, since(bucket) + merged);
}

}  // namespace
}  // namespace gthulhu
