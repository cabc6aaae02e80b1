// SPDX-License-Identifier: Apache-2.0
//
// The contract of RunQueueMeter, on the machine's own kernel: what it counts is what the kernel
// itself has summed up of the same tasks.
#include <gtest/gtest.h>
#include <sched.h>

#include <fstream>
#include <numeric>
#include <sstream>

#include "adapters/bpf/bpf_run_queue_meter.h"
#include "adapters/cgroupfs/test_ground.h"
#include "core/match/cpu_stat.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

struct Schedstat {
  nanoseconds waited{0};
  std::uint64_t runs = 0;
};

std::string read_all(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Of a process that has left its CPU when this returns, so that nothing of it is under way: for
// /proc/PID/syscall the kernel waits for that (task_current_syscall, lib/syscall.c).
Schedstat schedstat(pid_t process) {
  const std::string proc = "/proc/" + std::to_string(process);
  EXPECT_TRUE(eventually([&] {
    const std::string call = read_all(proc + "/syscall");
    return !call.empty() && !call.starts_with("running");
  }));
  std::istringstream text(read_all(proc + "/schedstat"));
  std::int64_t ran = 0;
  std::int64_t waited = 0;
  Schedstat found;
  text >> ran >> waited >> found.runs;
  found.waited = nanoseconds(waited);
  return found;
}

std::vector<int> allowed_cpus() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(cpu);
  }
  return cpus;
}

void stay_on_one_cpu() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  CPU_SET(allowed_cpus().front(), &allowed);
  ::sched_setaffinity(0, sizeof allowed, &allowed);
}

nanoseconds cpu_used() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + nanoseconds(used.tv_nsec);
}

void spin(nanoseconds cpu_time) {
  const nanoseconds end = cpu_used() + cpu_time;
  while (cpu_used() < end) {
  }
}

// A process that does what it is told and sleeps between.
class Worker {
 public:
  explicit Worker(std::vector<pid_t>& children) {
    EXPECT_EQ(::pipe2(orders_.data(), O_CLOEXEC) + ::pipe2(answers_.data(), O_CLOEXEC), 0);
    process_ = ::fork();
    if (process_ == 0) obey();
    children.push_back(process_);
    wake();  // it has begun: from here on it sleeps only where it waits for orders
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    for (const int end : {orders_[0], orders_[1], answers_[0], answers_[1]}) ::close(end);
  }

  [[nodiscard]] pid_t process() const { return process_; }
  void wake() { tell('w'); }
  // It wants its CPU for a while.
  void spin_itself() { tell('i'); }
  // Returns its child, which spins, on the worker's CPU, and then sleeps.
  pid_t start_spinner() { return tell('s'); }

 private:
  pid_t tell(char order) {
    pid_t answer = 0;
    EXPECT_EQ(::write(orders_[1], &order, 1), 1);
    EXPECT_EQ(::read(answers_[0], &answer, sizeof answer), static_cast<ssize_t>(sizeof answer));
    return answer;
  }

  [[noreturn]] void obey() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    stay_on_one_cpu();
    for (char order = 0; ::read(orders_[0], &order, 1) == 1;) {
      const pid_t child = order == 's' ? ::fork() : 0;
      if (order == 's' && child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        spin(150ms);
        for (;;) ::pause();
      }
      if (order == 'i') spin(50ms);
      (void)!::write(answers_[1], &child, sizeof child);
    }
    ::_exit(0);
  }

  std::array<int, 2> orders_{};
  std::array<int, 2> answers_{};
  pid_t process_ = 0;
};

class RunQueueMeterContract : public RealCgroupTest {
 protected:
  void SetUp() override {
    RealCgroupTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    make_with_cpu("");
    make_with_cpu("/pod");
    auto meter = open_bpf_run_queue_meter(hierarchy_.version);
    if (!meter && meter.error().text().find("built without BPF") != std::string::npos) {
      GTEST_SKIP() << meter.error().text();
    }
    ASSERT_TRUE(meter) << meter.error().text();
    meter_ = *std::move(meter);
  }

  // A directory below which cgroups have quotas.
  void make_with_cpu(const std::string& path) const {
    if (!path.empty()) make(path);
    if (hierarchy_.version == CgroupVersion::v1) return;
    std::ofstream(hierarchy_.root + path + "/cgroup.subtree_control") << "+cpu" << std::flush;
  }
  CgroupId id_of(const std::string& path) const {
    struct stat status{};
    EXPECT_EQ(::stat((hierarchy_.root + path).c_str(), &status), 0);
    return CgroupId{status.st_ino};
  }
  void limit(const std::string& path, int of_100_ms) const {
    const std::string directory = hierarchy_.root + path;
    const std::string quota = std::to_string(of_100_ms * 1'000);
    const bool is_v1 = hierarchy_.version == CgroupVersion::v1;
    std::ofstream file(directory + (is_v1 ? "/cpu.cfs_quota_us" : "/cpu.max"));
    file << quota << (is_v1 ? "" : " 100000") << std::flush;
    EXPECT_TRUE(file.good()) << "no quota at " << directory;
  }
  void count_in(const std::string& path) const {
    const Result<> counted = meter_->count_in({{number_, {id_of(path)}}});
    EXPECT_TRUE(counted) << counted.error().text();
  }
  RunQueueWaits counted() const { return *meter_->counted(number_); }

  static std::uint64_t waits(const RunQueueWaits& counted) {
    return std::accumulate(counted.counts.begin(), counted.counts.end(), counted.throttled);
  }
  // Puts the worker into the cgroup, and returns what does not count of what it has waited.
  Schedstat settle(Worker& worker, const std::string& path) const {
    schedstat(worker.process());  // it sleeps: the next wait is the first one there
    move(worker.process(), path);
    worker.wake();
    // Where the worker had to wait in the middle of that, this has been counted already.
    Schedstat before = schedstat(worker.process());
    const RunQueueWaits found = counted();
    before.waited -= found.sum + found.throttled_sum;
    before.runs -= waits(found);
    return before;
  }
  // All that these have waited and, without `before`, the worker.
  static Schedstat all_of(const std::vector<pid_t>& spinners,
                          const Worker& worker,
                          const Schedstat& before) {
    Schedstat all = schedstat(worker.process());
    all.waited -= before.waited;
    all.runs -= before.runs;
    for (const pid_t spinner : spinners) {
      const Schedstat own = schedstat(spinner);
      all.waited += own.waited;
      all.runs += own.runs;
    }
    return all;
  }

  const MeterNumber number_{7};
  std::unique_ptr<RunQueueMeter> meter_;
};

TEST_F(RunQueueMeterContract, counts_every_wait_that_the_kernel_has_summed_up) {
  count_in("/pod");
  Worker worker(children_);
  const Schedstat before = settle(worker, "/pod");
  const std::vector<pid_t> spinners{worker.start_spinner(), worker.start_spinner()};
  const Schedstat all = all_of(spinners, worker, before);
  const RunQueueWaits found = counted();
  EXPECT_EQ(waits(found), all.runs);
  EXPECT_EQ((found.sum + found.throttled_sum).count(), all.waited.count());
  EXPECT_EQ(found.throttled, 0U) << "nothing has a quota";
  // Both wanted the same CPU for 150 ms.
  EXPECT_GT(found.sum, 100ms);
}

TEST_F(RunQueueMeterContract, has_each_wait_in_the_bucket_of_its_length) {
  count_in("/pod");
  Worker worker(children_);
  settle(worker, "/pod");
  const std::vector<pid_t> spinners{worker.start_spinner(), worker.start_spinner()};
  for (const pid_t spinner : spinners) schedstat(spinner);
  const RunQueueWaits found = counted();
  // The sum lies between what the buckets' bounds allow.
  nanoseconds least{0};
  nanoseconds most{0};
  for (std::size_t i = 0; i < RunQueueWaits::bucket_count; ++i) {
    const auto count = static_cast<std::int64_t>(found.counts.at(i));
    if (i > 0) least += RunQueueWaits::bound(i - 1) * count;
    most += RunQueueWaits::bound(i) * count;
  }
  EXPECT_LE(least, found.sum);
  EXPECT_GE(most, found.sum);
  EXPECT_EQ(found.counts.back(), 0U) << "nobody waited for a second";
}

TEST_F(RunQueueMeterContract, counts_waits_for_a_used_up_quota_apart) {
  limit("/pod", 20);
  count_in("/pod");
  Worker worker(children_);
  const Schedstat before = settle(worker, "/pod");
  const std::vector<pid_t> spinners{worker.start_spinner()};
  const Schedstat all = all_of(spinners, worker, before);
  const RunQueueWaits found = counted();
  EXPECT_EQ(waits(found), all.runs);
  EXPECT_EQ((found.sum + found.throttled_sum).count(), all.waited.count());
  // Of one task that runs all the time, so that it is the one that each of these meets.
  const Throttling kernels = parse_cpu_stat(read_all(hierarchy_.root + "/pod/cpu.stat"));
  EXPECT_GE(kernels.throttled_periods, 3U) << "150 ms of CPU at 20 ms in each 100 ms";
  EXPECT_NEAR(static_cast<double>(found.throttled), static_cast<double>(kernels.throttled_periods),
              1);
  EXPECT_GT(found.throttled_sum, kernels.time * 9 / 10);
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
  const RunQueueWaits found = counted();
  EXPECT_EQ(waits(found), all.runs);
  EXPECT_EQ((found.sum + found.throttled_sum).count(), all.waited.count());
  EXPECT_GE(found.throttled, 3U);
  // Nobody keeps it from a CPU for so long but its quota.
  std::uint64_t longest = 0;
  for (std::size_t i = 1; i < RunQueueWaits::bucket_count; ++i) {
    if (RunQueueWaits::bound(i - 1) > 30ms) longest += found.counts.at(i);
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
  EXPECT_LT(counted().sum, 25ms);
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
