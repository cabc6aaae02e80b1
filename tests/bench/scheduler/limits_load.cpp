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

struct Sample {
  std::chrono::steady_clock::time_point at;
  std::vector<std::chrono::microseconds> used;
};

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
  const auto look = [&pods] {
    Sample sample{std::chrono::steady_clock::now(), {}};
    for (const Pod* pod : pods) sample.used.push_back(pod->used());
    return sample;
  };
  (*waits)->record();
  std::vector<Sample> samples{look()};
  const auto end = samples.front().at + bench.settings.duration_or(usual_duration);
  while (samples.back().at < end) {
    sleep_for(1s);
    samples.push_back(look());
  }
  const std::vector<Waits> waited = (*waits)->stop(static_cast<std::uint32_t>(pods.size()));
  const auto used = [&samples](std::size_t pod, std::size_t from, std::size_t to) {
    return std::chrono::duration<double>(samples[to].used[pod] - samples[from].used[pod]) /
           std::chrono::duration<double>(samples[to].at - samples[from].at);
  };
  for (std::size_t i = 0; i < pods.size(); ++i) {
    const std::string name = "limits." + of.name;
    const std::string& pod = of.pods[i].path;
    const double cpus = used(i, 0, samples.size() - 1);
    bench.figures.tell(name, pod + " uses", cpus, "CPUs");
    if (of.pods[i].hundredths == 0) continue;
    const double limit = of.pods[i].hundredths / 100.0;
    double most = 0;
    for (std::size_t k = 1; k < samples.size(); ++k) most = std::max(most, used(i, k - 1, k));
    bench.figures.tell(name, pod + " of its limit", cpus / limit * 100, "%");
    bench.figures.tell(name, pod + " above it in a second", (most - limit) * 1'000, "ms");
    std::uint64_t longest = 0;
    for (const auto* of_kind : {&waited[i].woken, &waited[i].preempted}) {
      if (!of_kind->empty()) longest = std::max(longest, of_kind->back());
    }
    bench.figures.tell(name, pod + " waits at most", static_cast<double>(longest) / 1e6, "ms");
  }
}

}  // namespace

void run_limits(Bench& bench) {
  for (const Case& of : cases(usable_cpus())) tell_use(bench, of);
}

}  // namespace gthulhu::bench
