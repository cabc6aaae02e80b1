// SPDX-License-Identifier: Apache-2.0
//
// Pods that may use some CPUs only, as the kubelet's static CPU manager has it: one has a CPU for
// itself, the others share the rest. All by cpuset.cpus, none by partitions.
#include <sched.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "tests/bench/scheduler/confined_pod.h"
#include "tests/bench/scheduler/kernel_log.h"
#include "tests/bench/scheduler/loads.h"
#include "tests/bench/scheduler/pod.h"

namespace gthulhu::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto usual_duration = 30'000ms;
constexpr auto settling = 500ms;
constexpr auto between_changes = 10ms;

CpuMask only(int cpu) {
  return CpuMask{1} << static_cast<unsigned>(cpu);
}

// Of pods that are gone, too.
struct Totals {
  std::uint64_t looks = 0;
  std::uint64_t outside = 0;
  ConfinedPod::Hogs hogs;

  void add(const ConfinedPod& pod) {
    looks += pod.taken();
    outside += pod.outside();
  }
};

// Three pods with tasks of every kind.
class Node {
 public:
  explicit Node(Bench& bench)
      : millisecond_(bench.millisecond),
        cpus_(usable_cpus()),
        all_(only(cpus_) - 1),
        ground_(bench.arm),
        exclusive_(ground_, only(cpus_ - 1)),
        sharing_(ground_, all_ & ~only(cpus_ - 1)),
        limited_(ground_, all_ & ~only(cpus_ - 1)) {
    exclusive_.add_hogs(1);
    exclusive_.add_sleepers(1, millisecond_);
    for (ConfinedPod* pod : {&sharing_, &limited_}) {
      pod->add_hogs(2 * (cpus_ - 1));
      pod->add_sleepers(cpus_, millisecond_);
      pod->add_forkers(1);
    }
    ground_.begin();
    sleep_for(settling);
  }

  // The next CPU for the one pod; the others have the rest.
  void move_on() {
    const int cpu = next_cpu_++ % cpus_;
    exclusive_.move_to(only(cpu));
    for (ConfinedPod* pod : {&sharing_, &limited_}) pod->move_to(all_ & ~only(cpu));
  }

  void change_weights(int number) {
    sharing_.pod().weigh(50 + number % 300);
    limited_.pod().weigh(350 - number % 300);
  }

  void change_limit(int number) {
    constexpr std::array<int, 4> hundredths{10, 50, 0, 150};
    const int limit = hundredths[static_cast<std::size_t>(number) % hundredths.size()];
    limit > 0 ? limited_.pod().limit(limit) : limited_.pod().end_limit();
  }

  // A pod comes, or goes while its tasks run, wait, or are held back by a limit.
  void come_or_go(int number) {
    if (passing_ != nullptr) {
      passing_->end();
      totals_.add(*passing_);
      passing_ = nullptr;
      return;
    }
    passing_ = std::make_unique<ConfinedPod>(ground_, only(number % cpus_));
    if (number % 3 == 0) passing_->pod().limit(5);
    passing_->add_hogs(2);
    passing_->add_sleepers(1, millisecond_);
    passing_->add_forkers(1);
    ground_.begin();
  }

  void look_at_proc() {
    for (const ConfinedPod* pod : {&exclusive_, &sharing_, &limited_}) {
      const ConfinedPod::Hogs hogs = pod->look_at_hogs();
      totals_.hogs.seen += hogs.seen;
      totals_.hogs.outside += hogs.outside;
    }
  }

  // Ends what passes by.
  const Totals& totals() {
    if (passing_ != nullptr) come_or_go(0);
    for (const ConfinedPod* pod : {&exclusive_, &sharing_, &limited_}) totals_.add(*pod);
    return totals_;
  }

  [[nodiscard]] std::chrono::microseconds exclusive_used() { return exclusive_.pod().used(); }
  // Of who is never held back by a limit.
  [[nodiscard]] std::chrono::nanoseconds longest_standstill() const {
    return std::max(exclusive_.longest_standstill(), sharing_.longest_standstill());
  }

 private:
  Rounds millisecond_;
  int cpus_;
  CpuMask all_;
  Ground ground_;
  ConfinedPod exclusive_;
  ConfinedPod sharing_;
  ConfinedPod limited_;
  std::unique_ptr<ConfinedPod> passing_;
  int next_cpu_ = 0;
  Totals totals_;
};

// So that changes come at their time, however busy the CPUs are. What it forks is as ever.
void be_prompt(bool is_prompt) {
  const sched_param strength{.sched_priority = is_prompt ? 1 : 0};
  const int policy = is_prompt ? SCHED_FIFO | SCHED_RESET_ON_FORK : SCHED_OTHER;
  if (::sched_setscheduler(0, policy, &strength) != 0) fail("cannot be prompt");
}

// A task that is where it is said not to be must be seen by both ways to look.
void check_that_looks_can_fail(Bench& bench) {
  Ground ground(bench.arm);
  ConfinedPod pod(ground, only(0));
  pod.add_hogs(1);
  ground.begin();
  sleep_for(settling);
  if (pod.outside() != 0 || pod.look_at_hogs().outside != 0)
    fail("a hog alone is outside of its cpuset");
  pod.pretend(only(1));
  sleep_for(settling);
  if (pod.outside() == 0 || pod.look_at_hogs().outside != 1)
    fail("who is outside of a cpuset is not seen");
}

void tell_places(Bench& bench, const std::string& load, bool with_changes) {
  KernelLog log;
  Node node(bench);
  const auto begin = std::chrono::steady_clock::now();
  const auto used_before = node.exclusive_used();
  const auto end = begin + bench.settings.duration_or(usual_duration);
  int changes = 0;
  be_prompt(true);
  while (std::chrono::steady_clock::now() < end) {
    if (with_changes) {
      const int number = changes / 4;
      switch (changes++ % 4) {
        case 0: node.move_on(); break;
        case 1: node.change_weights(number); break;
        case 2: node.change_limit(number); break;
        default: node.come_or_go(number); break;
      }
    }
    node.look_at_proc();
    sleep_for(between_changes);
  }
  be_prompt(false);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  const std::chrono::duration<double> used = node.exclusive_used() - used_before;
  const auto standstill = node.longest_standstill();
  const Totals& totals = node.totals();
  if (totals.looks == 0 || totals.hogs.seen == 0) fail("nobody has looked where tasks are");
  bench.figures.tell(load, "looks", static_cast<double>(totals.looks), "");
  bench.figures.tell(load, "outside", static_cast<double>(totals.outside), "looks");
  bench.figures.tell(load, "looks at /proc", static_cast<double>(totals.hogs.seen), "");
  bench.figures.tell(load, "outside by /proc", static_cast<double>(totals.hogs.outside), "looks");
  bench.figures.tell(load, "changes", changes, "");
  bench.figures.tell(load, "exclusive_cpu", used / took, "CPUs");
  bench.figures.tell(load, "longest standstill",
                     std::chrono::duration<double, std::milli>(standstill).count(), "ms");
  bench.figures.tell(load, "stalls", log.count_stalls(), "lines");
}

}  // namespace

void run_cpusets(Bench& bench) {
  if (usable_cpus() < 2) {
    bench.figures.tell_text("cpusets", "not run", "needs two CPUs");
    return;
  }
  check_that_looks_can_fail(bench);
  tell_places(bench, "cpusets.static", false);
  tell_places(bench, "cpusets.changing", true);
}

}  // namespace gthulhu::bench
