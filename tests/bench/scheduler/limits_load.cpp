// SPDX-License-Identifier: Apache-2.0
//
// What pods use whose cpu.max is less than they want.
#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/scheduler/loads.h"
#include "tests/bench/scheduler/pod.h"
#include "tests/bench/scheduler/wake_waits.h"
#include "tests/bench/wake_waits_record.h"

namespace gthulhu::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto usual_duration = 30'000ms;
// The debt of those who ran when the limit came is paid by then.
constexpr auto settling = 5'000ms;

struct Limited {
  std::string path;    // below the ground, parents first
  int hundredths = 0;  // of a CPU; 0: no limit
  int hogs = 0;        // processes
  int threads = 1;     // of each
  bool is_favoured = false;
};

struct Case {
  std::string name;
  std::vector<Limited> pods;
};

void be_hogs(int count, Tally& steps) {
  std::vector<std::jthread> others;
  for (int i = 1; i < count; ++i) others.emplace_back([&steps] { be_hog(steps); });
  be_hog(steps);
}

std::vector<Case> cases(int cpus) {
  std::vector<Case> all;
  for (const int hundredths : {10, 20, 50, 150}) {
    all.push_back({"limit_" + std::to_string(hundredths), {{"pod", hundredths, 2 * cpus}}});
  }
  all.push_back({"nested", {{"pod", 100}, {"pod/a", 50, 2 * cpus}, {"pod/b", 0, 2 * cpus}}});
  all.push_back({"500_threads", {{"pod", 1, 1, 500}}});
  all.push_back({"favoured", {{"pod", 20, 2 * cpus, 1, true}, {"other", 0, 2 * cpus}}});
  return all;
}

constexpr std::size_t steps_of_second = 1'000'000'000 / WAKE_WAITS_STEP_NS;

// In a second, whichever, the most that ran of pods, which are these of `waited`.
std::chrono::duration<double> most_in_a_second(const std::vector<Waits>& waited,
                                               const std::vector<std::size_t>& pods) {
  std::vector<std::uint64_t> until{0};  // the sums of all steps before
  for (std::size_t step = 0; step < waited[0].ran_in_steps.size(); ++step) {
    until.push_back(until.back());
    for (const std::size_t pod : pods) until.back() += waited[pod].ran_in_steps[step];
  }
  std::uint64_t most = 0;
  for (std::size_t end = steps_of_second; end < until.size(); ++end) {
    most = std::max(most, until[end] - until[end - steps_of_second]);
  }
  return std::chrono::nanoseconds(most);
}

// Itself and those below it.
std::vector<std::size_t> within(const Case& of, const std::string& path) {
  std::vector<std::size_t> pods;
  for (std::size_t i = 0; i < of.pods.size(); ++i) {
    if ((of.pods[i].path + "/").starts_with(path + "/")) pods.push_back(i);
  }
  return pods;
}

void tell_use(Bench& bench, const Case& of) {
  Ground ground(bench.arm);
  auto waits = WakeWaits::open();
  if (!waits) fail(waits.error().text());
  std::vector<Pod*> pods;
  for (const Limited& limited : of.pods) {
    Pod& pod = ground.add_cgroup(limited.path, 100);
    for (int i = 0; i < limited.hogs; ++i) {
      Tally& steps = shared<Tally>();
      pod.start([&steps, &limited] { be_hogs(limited.threads, steps); });
    }
    (*waits)->watch(pod, static_cast<std::uint32_t>(pods.size()));
    pods.push_back(&pod);
  }
  ground.begin();
  sleep_for(1s);
  for (std::size_t i = 0; i < pods.size(); ++i) {
    if (of.pods[i].hundredths > 0) pods[i]->limit(of.pods[i].hundredths);
    if (of.pods[i].is_favoured) pods[i]->favour(Priority::clamp(10));
  }
  sleep_for(settling);
  const auto used = [&pods] {
    std::vector<std::chrono::microseconds> times;
    for (const Pod* pod : pods) times.push_back(pod->used());
    return times;
  };
  (*waits)->record();
  const auto began = std::chrono::steady_clock::now();
  const std::vector<std::chrono::microseconds> before = used();
  sleep_for(bench.settings.duration_or(usual_duration));
  const std::vector<std::chrono::microseconds> after = used();
  const std::chrono::duration<double> lasted = std::chrono::steady_clock::now() - began;
  const std::vector<Waits> waited = (*waits)->stop(static_cast<std::uint32_t>(pods.size()));
  for (std::size_t i = 0; i < pods.size(); ++i) {
    const std::string name = "limits." + of.name;
    const std::string& pod = of.pods[i].path;
    const double cpus = (after[i] - before[i]) / lasted;
    bench.figures.tell(name, pod + " uses", cpus, "CPUs");
    if (of.pods[i].hundredths == 0) continue;
    const double limit = of.pods[i].hundredths / 100.0;
    const auto most = most_in_a_second(waited, within(of, pod));
    bench.figures.tell(name, pod + " of its limit", cpus / limit * 100, "%");
    bench.figures.tell(name, pod + " above it in a second", (most.count() - limit) * 1'000, "ms");
    std::uint64_t longest = 0;
    for (const auto* of_kind : {&waited[i].woken, &waited[i].preempted}) {
      if (!of_kind->empty()) longest = std::max(longest, of_kind->back());
    }
    bench.figures.tell(name, pod + " waits at most", static_cast<double>(longest) / 1e6, "ms");
  }
}

}  // namespace

void run_limits(Bench& bench) {
  if (bench.settings.duration_or(usual_duration) > WAKE_WAITS_STEPS_MOST / steps_of_second * 1s)
    fail("limits are looked at for 81 s at most");
  for (const Case& of : cases(usable_cpus())) tell_use(bench, of);
}

}  // namespace gthulhu::bench
