// SPDX-License-Identifier: Apache-2.0
//
// What is told of pods with a cpu.max under our scheduler on a real kernel (from 6.17 on): how long
// they were held back, apart from waits for CPUs.
#include <sched.h>
#include <time.h>

#include "adapters/bpf/bpf_run_queue_meter.h"
#include "tests/real/scheduler_ground.h"

namespace gthulhu {
namespace {

class LimitCounts : public SchedulerTest {
 protected:
  void SetUp() override {
    SchedulerTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto meter = open_bpf_run_queue_meter(hierarchy_.version);
    ASSERT_TRUE(meter) << meter.error().text();
    meter_ = *std::move(meter);
  }

  // So many hundredths of a CPU.
  std::string make_limited(const std::string& pod, int hundredths) {
    std::string path = make(pod);
    std::ofstream(path + "/cpu.max") << hundredths * 1'000 << " 100000" << std::flush;
    return path;
  }
  // In this cgroup the meter counts.
  void count_in(const std::string& path) const {
    const Result<> counted = meter_->count_in({{number_, {id_of(path)}}});
    ASSERT_TRUE(counted) << counted.error().text();
  }
  [[nodiscard]] RunCounts runs() const { return *meter_->counted(number_); }
  static Throttling throttling(CgroupId cgroup) {
    const auto counted = scheduler_->quotas()->counted({cgroup});
    EXPECT_TRUE(counted) << counted.error().text();
    return counted && counted->contains(cgroup) ? counted->at(cgroup) : Throttling();
  }
  // A process in `pod` that wants to run for `work` after each `pause`.
  pid_t sleeper(const std::string& pod,
                std::chrono::nanoseconds work,
                std::chrono::nanoseconds pause) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      std::ofstream(hierarchy_.root + pod + "/cgroup.procs") << ::getpid() << std::flush;
      const auto used = [] {
        timespec time{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
      };
      for (;;) {
        const auto end = used() + work;
        while (used() < end) {
        }
        std::this_thread::sleep_for(pause);
      }
    }
    children_.push_back(child);
    return child;
  }

  static double part(std::chrono::nanoseconds of, std::chrono::nanoseconds all) {
    return static_cast<double>(of.count()) / static_cast<double>(all.count());
  }

  const MeterNumber number_{1};
  std::unique_ptr<RunQueueMeter> meter_;
};

TEST_F(LimitCounts, TellOfTheTimeInWhichABusyPodIsHeldBack) {
  const std::string pod = make_limited("/limited", 20);
  count_in(pod);
  hog("/limited");
  std::this_thread::sleep_for(1s);
  const Throttling before = throttling(id_of(pod));
  const RunCounts runs_before = runs();
  const auto began = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(6s);
  const Throttling after = throttling(id_of(pod));
  const RunCounts runs_after = runs();
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_NEAR(part(after.time - before.time, took), 0.8, 0.04);
  const auto periods = static_cast<double>(took / 100ms);
  EXPECT_NEAR(static_cast<double>(after.periods - before.periods), periods, 2);
  EXPECT_NEAR(static_cast<double>(after.throttled_periods - before.throttled_periods), periods, 2);
  // The same by its task's waits, and no other waits beside that.
  EXPECT_NEAR(part(runs_after.throttled_sum - runs_before.throttled_sum, took), 0.8, 0.04);
  EXPECT_GE(runs_after.throttled - runs_before.throttled, static_cast<std::uint64_t>(periods) - 2);
  EXPECT_LE(part(runs_after.waits.sum - runs_before.waits.sum, took), 0.02);
  const std::string stat = text_of(pod + "/cpu.stat");
  EXPECT_NE(stat.find("nr_throttled 0\n"), std::string::npos) << "the kernel counts them as well";
}

TEST_F(LimitCounts, AreNoneOfPodsThatStayBelowTheirLimit) {
  const std::string pod = make_limited("/limited", 50);
  count_in(pod);
  sleeper("/limited", 5ms, 45ms);
  std::this_thread::sleep_for(3s);
  const Throttling found = throttling(id_of(pod));
  EXPECT_EQ(found.throttled_periods, 0U);
  EXPECT_EQ(found.time, 0ns);
  EXPECT_NEAR(static_cast<double>(found.periods), 30, 5);
  EXPECT_EQ(runs().throttled, 0U);
}

// The limit holds it back as soon as it is woken: it never leaves a CPU for that.
TEST_F(LimitCounts, TellOfWaitsOfWhoIsHeldBackWhenWoken) {
  make_limited("/limited", 20);
  const std::string sleepy = make("/limited/sleepy");
  make("/limited/busy");
  count_in(sleepy);
  hog("/limited/busy");
  sleeper("/limited/sleepy", 10us, 10ms);
  std::this_thread::sleep_for(5s);
  const RunCounts found = runs();
  EXPECT_GE(found.throttled, 40U);
  EXPECT_GE(found.throttled_sum, 2s);
  EXPECT_LE(found.waits.sum, 150ms);
}

TEST_F(LimitCounts, AreOfWhoIsSentElsewhereWhileHeldBackAsWell) {
  const std::string pod = make_limited("/limited", 20);
  count_in(pod);
  const pid_t process = hog("/limited");
  std::this_thread::sleep_for(1s);
  const Throttling before = throttling(id_of(pod));
  const auto began = std::chrono::steady_clock::now();
  for (unsigned i = 0; std::chrono::steady_clock::now() < began + 4s; ++i) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(i % std::thread::hardware_concurrency(), &one);
    ::sched_setaffinity(process, sizeof one, &one);
    std::this_thread::sleep_for(7ms);
  }
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_NEAR(part(throttling(id_of(pod)).time - before.time, took), 0.8, 0.08);
  // Nobody keeps it from a CPU for so long but its limit.
  const RunCounts found = runs();
  std::uint64_t longest = 0;
  for (std::size_t i = 1; i < DurationCounts::bucket_count; ++i) {
    if (DurationCounts::bound(i - 1) > 30ms) longest += found.waits.counts.at(i);
  }
  EXPECT_LE(longest, 1U) << "and " << found.throttled << " apart";
}

TEST_F(LimitCounts, BeginAnewWithTheNextCgroupOfTheNumber) {
  for (int i = 0; i < 5; ++i) {
    const std::string pod = make_limited("/limited", 1);
    const CgroupId id = id_of(pod);
    EXPECT_EQ(throttling(id), Throttling()) << i;
    const pid_t process = hog("/limited");
    ASSERT_TRUE(eventually([&] { return throttling(id).time > 50ms; })) << i;
    end(process);
    ASSERT_TRUE(eventually([&] { return ::rmdir(pod.c_str()) == 0; })) << i;
    // The kernel tells of the end by and by; then the number is free, and the next to be had.
    ASSERT_TRUE(eventually([&] { return throttling(id) == Throttling(); })) << i;
  }
}

TEST_F(LimitCounts, StayWhenTheLimitGoes) {
  const std::string pod = make_limited("/limited", 10);
  hog("/limited");
  ASSERT_TRUE(eventually([&] { return throttling(id_of(pod)).time > 100ms; }));
  std::ofstream(pod + "/cpu.max") << "max" << std::flush;
  std::this_thread::sleep_for(200ms);
  const Throttling found = throttling(id_of(pod));
  EXPECT_GT(found.time, 100ms);
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(throttling(id_of(pod)), found);
}

}  // namespace
}  // namespace gthulhu
