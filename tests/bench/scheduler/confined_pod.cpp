// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scheduler/confined_pod.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace gthulhu::bench {

namespace {

using namespace std::chrono_literals;

constexpr int bits_of_mask = 32;
constexpr auto sleep = 2ms;

void look(const AllowedCpus& allowed, Looks& looks) {
  const bool is_outside = allowed.is_outside([] { return ::sched_getcpu(); });
  looks.taken.fetch_add(1, std::memory_order_relaxed);
  if (is_outside) looks.outside.fetch_add(1, std::memory_order_relaxed);
}

[[noreturn]] void be_hog_that_looks(const AllowedCpus& allowed, Looks& looks) {
  using Clock = std::chrono::steady_clock;
  std::int64_t longest = 0;
  for (auto last = Clock::now();;) {
    look(allowed, looks);
    burn(hog_step);
    const auto now = Clock::now();
    if (const std::int64_t took = std::chrono::nanoseconds(now - last).count(); took > longest) {
      looks.longest_ns = longest = took;
    }
    last = now;
  }
}

[[noreturn]] void be_sleeper_that_looks(const AllowedCpus& allowed, Looks& looks, Rounds work) {
  for (;;) {
    sleep_for(sleep);
    look(allowed, looks);
    burn(work);
    look(allowed, looks);
  }
}

[[noreturn]] void fork_children_that_look(const AllowedCpus& allowed, Looks& looks) {
  for (;;) {
    const pid_t child = ::fork();
    if (child == 0) {
      look(allowed, looks);
      ::_exit(0);
    }
    if (child < 0 || ::waitpid(child, nullptr, 0) != child) fail("a forker has no child");
  }
}

std::string list_of(CpuMask cpus) {
  std::string list;
  for (int cpu = 0; cpu < bits_of_mask; ++cpu) {
    if (((cpus >> cpu) & 1U) != 0) list += (list.empty() ? "" : ",") + std::to_string(cpu);
  }
  return list;
}

// proc_pid_stat(5): the CPU that it ran on last. What waits for one counts as on it, too.
int processor_of(pid_t process) {
  constexpr int first = 3;  // behind the name, which may have blanks
  constexpr int wanted = 39;
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::istringstream fields(text.substr(std::min(text.rfind(')'), text.size() - 1) + 1));
  std::string field;
  for (int i = first; i <= wanted; ++i) fields >> field;
  if (!fields) fail("cannot read /proc/" + std::to_string(process) + "/stat");
  return std::stoi(field);
}

}  // namespace

void AllowedCpus::set(CpuMask mask) {
  state_ = ((state_ >> bits_of_mask) + 1) << bits_of_mask | mask;
}

ConfinedPod::ConfinedPod(Ground& ground, CpuMask cpus)
    : ground_(ground), pod_(&ground.add_pod()), cpus_(cpus), allowed_(shared<AllowedCpus>()) {
  move_to(cpus);
}

ConfinedPod::~ConfinedPod() {
  end();
}

void ConfinedPod::end() {
  if (pod_ != nullptr) ground_.remove(*pod_);
  pod_ = nullptr;
  hogs_.clear();
}

Looks& ConfinedPod::add_looks() {
  looks_.push_back(&shared<Looks>());
  return *looks_.back();
}

void ConfinedPod::add_hogs(int count) {
  for (int i = 0; i < count; ++i) {
    Looks& looks = add_looks();
    const pid_t process = pod_->start([this, &looks] { be_hog_that_looks(allowed_, looks); });
    hogs_.push_back({process, &looks});
  }
}

void ConfinedPod::add_sleepers(int count, Rounds millisecond) {
  for (int i = 0; i < count; ++i) {
    Looks& looks = add_looks();
    pod_->start([this, &looks, work = Rounds{millisecond.count / 10}] {
      be_sleeper_that_looks(allowed_, looks, work);
    });
  }
}

void ConfinedPod::add_forkers(int count) {
  for (int i = 0; i < count; ++i) {
    Looks& looks = add_looks();
    pod_->start([this, &looks] { fork_children_that_look(allowed_, looks); });
  }
}

void ConfinedPod::move_to(CpuMask cpus) {
  allowed_.set(cpus_ | cpus);
  pod_->confine(list_of(cpus));
  cpus_ = cpus;
  allowed_.set(cpus);
}

void ConfinedPod::pretend(CpuMask cpus) {
  cpus_ = cpus;
  allowed_.set(cpus);
}

std::uint64_t ConfinedPod::taken() const {
  std::uint64_t sum = 0;
  for (const Looks* looks : looks_) sum += looks->taken;
  return sum;
}

std::uint64_t ConfinedPod::outside() const {
  std::uint64_t sum = 0;
  for (const Looks* looks : looks_) sum += looks->outside;
  return sum;
}

std::chrono::nanoseconds ConfinedPod::longest_standstill() const {
  std::int64_t longest = 0;
  for (const Looks* looks : looks_) longest = std::max<std::int64_t>(longest, looks->longest_ns);
  return std::chrono::nanoseconds(longest);
}

ConfinedPod::Hogs ConfinedPod::look_at_hogs() const {
  Hogs hogs;
  for (const auto& [process, looks] : hogs_) {
    if (looks->taken == 0) continue;
    ++hogs.seen;
    if (((cpus_ >> static_cast<unsigned>(processor_of(process))) & 1U) == 0) ++hogs.outside;
  }
  return hogs;
}

}  // namespace gthulhu::bench
