// SPDX-License-Identifier: Apache-2.0
//
// The contract of RunQueueMeter, on the machine's own kernel: the waits that it counts are those
// that the kernel itself has summed up of the same tasks.
#include "core/match/cpu_stat.h"
#include "tests/contract/run_queue_ground.h"

namespace gthulhu {
namespace {

TEST_F(RunQueueMeterContract, counts_every_wait_that_the_kernel_has_summed_up) {
  count_in("/pod");
  Worker worker(children_);
  const Schedstat before = settle(worker, "/pod");
  const std::vector<pid_t> spinners{worker.start_spinner(), worker.start_spinner()};
  const Schedstat all = all_of(spinners, worker, before);
  const RunCounts found = counted();
  EXPECT_EQ(waits(found), all.runs);
  EXPECT_EQ((found.waits.sum + found.throttled_sum).count(), all.waited.count());
  EXPECT_EQ(found.throttled, 0U) << "nothing has a quota";
  // Both wanted the same CPU for 150 ms.
  EXPECT_GT(found.waits.sum, 100ms);
}

TEST_F(RunQueueMeterContract, has_each_wait_in_the_bucket_of_its_length) {
  count_in("/pod");
  Worker worker(children_);
  settle(worker, "/pod");
  const std::vector<pid_t> spinners{worker.start_spinner(), worker.start_spinner()};
  for (const pid_t spinner : spinners) schedstat(spinner);
  const RunCounts found = counted();
  // The sum lies between what the buckets' bounds allow.
  nanoseconds least{0};
  nanoseconds most{0};
  for (std::size_t i = 0; i < DurationCounts::bucket_count; ++i) {
    const auto count = static_cast<std::int64_t>(found.waits.counts.at(i));
    if (i > 0) least += DurationCounts::bound(i - 1) * count;
    most += DurationCounts::bound(i) * count;
  }
  EXPECT_LE(least, found.waits.sum);
  EXPECT_GE(most, found.waits.sum);
  EXPECT_EQ(found.waits.counts.back(), 0U) << "nobody waited for a second";
}

TEST_F(RunQueueMeterContract, counts_waits_for_a_used_up_quota_apart) {
  limit("/pod", 20);
  count_in("/pod");
  Worker worker(children_);
  const Schedstat before = settle(worker, "/pod");
  const std::vector<pid_t> spinners{worker.start_spinner()};
  const Schedstat all = all_of(spinners, worker, before);
  const RunCounts found = counted();
  EXPECT_EQ(waits(found), all.runs);
  EXPECT_EQ((found.waits.sum + found.throttled_sum).count(), all.waited.count());
  // Of one task that runs all the time, so that it is the one that each of these meets.
  const Throttling kernels = parse_cpu_stat(read_all(hierarchy_.root + "/pod/cpu.stat"));
  EXPECT_GE(kernels.throttled_periods, 3U) << "150 ms of CPU at 20 ms in each 100 ms";
  EXPECT_NEAR(static_cast<double>(found.throttled), static_cast<double>(kernels.throttled_periods),
              1);
  EXPECT_GT(found.throttled_sum, kernels.time * 9 / 10);
  EXPECT_EQ(found.bursts.total(), all.left) << "whatever the waits before them were for";
  EXPECT_EQ(found.bursts.sum.count(), all.ran.count());
}

TEST_F(RunQueueMeterContract, counts_a_wait_for_a_quota_apart_when_its_task_is_sent_elsewhere) {
  const std::vector<int> cpus = allowed_cpus();
  if (cpus.size() < 2) GTEST_SKIP() << "needs two CPUs";
  limit("/pod", 20);
  count_in("/pod");
  Worker worker(children_);
  const Schedstat before = settle(worker, "/pod");
  const pid_t spinner = worker.start_spinner();
  std::atomic<bool> is_over = false;
  std::thread sender([&] {
    for (std::size_t i = 0; !is_over; ++i) {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpus[i % 2], &one);
      ::sched_setaffinity(spinner, sizeof one, &one);
      std::this_thread::sleep_for(7ms);
    }
  });
  const Schedstat all = all_of({spinner}, worker, before);
  is_over = true;
  sender.join();
  const RunCounts found = counted();
  EXPECT_EQ(waits(found), all.runs);
  EXPECT_EQ((found.waits.sum + found.throttled_sum).count(), all.waited.count());
  EXPECT_GE(found.throttled, 3U);
  // Nobody keeps it from a CPU for so long but its quota.
  std::uint64_t longest = 0;
  for (std::size_t i = 1; i < DurationCounts::bucket_count; ++i) {
    if (DurationCounts::bound(i - 1) > 30ms) longest += found.waits.counts.at(i);
  }
  EXPECT_LE(longest, 1U) << "and " << found.throttled << " apart";
}

TEST_F(RunQueueMeterContract, takes_a_parents_quota_for_one_too) {
  limit("/pod", 20);
  make("/pod/container");
  count_in("/pod");
  Worker worker(children_);
  settle(worker, "/pod/container");
  schedstat(worker.start_spinner());
  EXPECT_GE(counted().throttled, 3U);
}

TEST_F(RunQueueMeterContract,
       does_not_count_a_wait_as_throttled_for_what_was_while_the_task_slept) {
  limit("/pod", 20);
  count_in("/pod");
  Worker worker(children_);
  settle(worker, "/pod");
  schedstat(worker.start_spinner());
  const std::uint64_t throttled = counted().throttled;
  // The spinner is asleep, and there is quota.
  std::this_thread::sleep_for(150ms);
  worker.wake();
  schedstat(worker.process());
  EXPECT_EQ(counted().throttled, throttled);
}

TEST_F(RunQueueMeterContract, counts_in_cgroups_that_are_made_below_later) {
  count_in("/pod");
  make("/pod/container");
  make("/pod/container/inner");
  Worker worker(children_);
  const Schedstat before = settle(worker, "/pod/container/inner");
  const Schedstat all = all_of({worker.start_spinner()}, worker, before);
  EXPECT_EQ(waits(counted()), all.runs);
}

TEST_F(RunQueueMeterContract, counts_nothing_elsewhere_nor_after_it_was_told_to_stop) {
  make("/other");
  count_in("/pod");
  Worker worker(children_);
  settle(worker, "/other");
  schedstat(worker.start_spinner());
  EXPECT_EQ(waits(counted()), 0U);
  settle(worker, "/pod");
  schedstat(worker.start_spinner());
  const std::uint64_t before = waits(counted());
  EXPECT_GT(before, 0U);
  // Named without a cgroup, a number keeps what it has.
  ASSERT_TRUE(meter_->count_in({{number_, {}}}));
  schedstat(worker.start_spinner());
  EXPECT_EQ(waits(counted()), before);
  ASSERT_TRUE(meter_->count_in({}));
  EXPECT_EQ(waits(counted()), 0U);
}

TEST_F(RunQueueMeterContract, does_not_take_what_was_while_nobody_counted_for_one_long_wait) {
  make("/other");
  count_in("/pod");
  Worker worker(children_);
  settle(worker, "/pod");
  const auto wait_elsewhere = [&] {
    const pid_t rival = worker.start_spinner();
    worker.spin_itself();
    schedstat(rival);
    schedstat(worker.process());
  };
  // In a cgroup that is not counted in, and in one that was not for a while.
  move(worker.process(), "/other");
  wait_elsewhere();
  settle(worker, "/pod");
  ASSERT_TRUE(meter_->count_in({{number_, {}}}));
  wait_elsewhere();
  count_in("/pod");
  worker.wake();
  schedstat(worker.process());
  // Twice it shared its CPU for 50 ms.
  EXPECT_LT(counted().waits.sum, 25ms);
}

TEST_F(RunQueueMeterContract, refuses_more_than_it_can_count) {
  RunQueueMeter::Cgroups cgroups;
  for (std::uint32_t number = 1; number <= RunQueueMeter::numbers_most; ++number) {
    cgroups[MeterNumber{number}] = {};
  }
  EXPECT_TRUE(meter_->count_in(cgroups));
  cgroups[MeterNumber{5'000}] = {};
  const Result<> refused = meter_->count_in(cgroups);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::too_large);
}

}  // namespace
}  // namespace gthulhu
