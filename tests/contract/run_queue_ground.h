// SPDX-License-Identifier: Apache-2.0
//
// For the contract of RunQueueMeter: tasks whose waits and bursts the kernel itself sums up too.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>

#include <fstream>
#include <sstream>

#include "adapters/bpf/bpf_run_queue_meter.h"
#include "adapters/cgroupfs/test_ground.h"

namespace gthulhu {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

struct Schedstat {
  nanoseconds ran{0};
  nanoseconds waited{0};
  std::uint64_t runs = 0;
  std::uint64_t left = 0;         // its CPU; now and then for a run that is not in `runs`
  std::uint64_t interrupted = 0;  // of these, how often it could have gone on
};

inline std::uint64_t number_behind(const std::string& name, const std::string& text) {
  const std::size_t at = text.find("\n" + name + ":");
  EXPECT_NE(at, std::string::npos) << name;
  return at == std::string::npos ? 0 : std::stoull(text.substr(at + name.size() + 2));
}

inline std::string read_all(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Of a process that has left its CPU when this returns, so that nothing of it is under way: for
// /proc/PID/syscall the kernel waits for that (task_current_syscall, lib/syscall.c).
inline Schedstat schedstat(pid_t process) {
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
  found.ran = nanoseconds(ran);
  found.waited = nanoseconds(waited);
  const std::string status = read_all(proc + "/status");
  found.interrupted = number_behind("nonvoluntary_ctxt_switches", status);
  found.left = found.interrupted + number_behind("voluntary_ctxt_switches", status);
  return found;
}

inline std::vector<int> allowed_cpus() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(cpu);
  }
  return cpus;
}

inline void stay_on_one_cpu() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  CPU_SET(allowed_cpus().front(), &allowed);
  ::sched_setaffinity(0, sizeof allowed, &allowed);
}

inline nanoseconds cpu_used() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + nanoseconds(used.tv_nsec);
}

// How a worker works that is no hog.
inline constexpr int bursts = 40;
inline constexpr nanoseconds burst = 3ms;

inline void spin(nanoseconds cpu_time) {
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
  // It runs for `burst` and sleeps, `bursts` times.
  void work_and_sleep() { tell('b'); }
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
      for (int i = 0; order == 'b' && i < bursts; ++i) {
        spin(burst);
        std::this_thread::sleep_for(5ms);
      }
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
  RunCounts counted() const { return *meter_->counted(number_); }

  static std::uint64_t waits(const RunCounts& counted) {
    return counted.waits.total() + counted.throttled;
  }
  // Puts the worker into the cgroup, and returns what does not count of what it has waited
  // and run.
  Schedstat settle(Worker& worker, const std::string& path) const {
    schedstat(worker.process());  // it sleeps: the next wait is the first one there
    move(worker.process(), path);
    worker.wake();
    // Where the worker had to wait in the middle of that, this has been counted already.
    Schedstat before = schedstat(worker.process());
    const RunCounts found = counted();
    before.ran -= found.bursts.sum;
    before.left -= found.bursts.total();
    before.interrupted -= found.preempted;
    before.waited -= found.waits.sum + found.throttled_sum;
    before.runs -= waits(found);
    return before;
  }
  // All that these have waited and run and, without `before`, the worker.
  static Schedstat all_of(const std::vector<pid_t>& spinners,
                          const Worker& worker,
                          const Schedstat& before) {
    Schedstat all = schedstat(worker.process());
    all.ran -= before.ran;
    all.left -= before.left;
    all.interrupted -= before.interrupted;
    all.waited -= before.waited;
    all.runs -= before.runs;
    for (const pid_t spinner : spinners) {
      const Schedstat own = schedstat(spinner);
      all.ran += own.ran;
      all.left += own.left;
      all.interrupted += own.interrupted;
      all.waited += own.waited;
      all.runs += own.runs;
    }
    return all;
  }

  const MeterNumber number_{7};
  std::unique_ptr<RunQueueMeter> meter_;
};

}  // namespace gthulhu
