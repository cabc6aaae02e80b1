// SPDX-License-Identifier: Apache-2.0
//
// What pods use whose cpu.max is less than they want.
#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/scheduler/loads.h"
#include "tests/bench/scheduler/pod.h"
#include "tests/waits/wake_waits.h"
#include "tests/waits/wake_waits_record.h"

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

// Itself and those below it.
std::vector<std::uint64_t> ran_within(const Case& of,
                                      const std::string& path,
                                      const std::vector<Waits>& waited) {
  std::vector<std::uint64_t> ran(waited[0].ran_in_steps.size());
  for (std::size_t i = 0; i < of.pods.size(); ++i) {
    if (!(of.pods[i].path + "/").starts_with(path + "/")) continue;
    std::ranges::transform(ran, waited[i].ran_in_steps, ran.begin(), std::plus());
  }
  return ran;
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
    (*waits)->watch(pod.id(), static_cast<std::uint32_t>(pods.size()));
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
    const std::chrono::duration<double> most = most_in_a_second(ran_within(of, pod, waited));
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
  if (bench.settings.duration_or(usual_duration) >
      WAKE_WAITS_STEPS_MOST * std::chrono::nanoseconds(WAKE_WAITS_STEP_NS))
    fail("limits are looked at for 81 s at most");
  for (const Case& of : cases(usable_cpus())) tell_use(bench, of);
}

}  // namespace gthulhu::bench
