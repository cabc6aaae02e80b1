// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

#include "tests/bench/scheduler/hog_ground.h"
#include "tests/bench/scheduler/loads.h"

namespace gthulhu::bench {

namespace {

using namespace std::chrono_literals;

// Not the one on which this program was started, where there is another.
int crowded_cpu() {
  return usable_cpus() - 1;
}

double us(std::chrono::microseconds duration) {
  return static_cast<double>(duration.count());
}

double longest_ms(const Waits& waits) {
  return std::max(percentile(waits.woken, 1), percentile(waits.preempted, 1)) / 1e6;
}

void tell_share(Bench& bench, int delta) {
  HogGround ground(bench);
  ground.add({delta}, crowded_cpu());
  ground.add({}, crowded_cpu());
  const auto seen = ground.watch(bench.settings.duration_or(30'000ms));
  const double wanted = std::pow(1.25, delta);
  const double ratio = us(seen.used[0]) / std::max(us(seen.used[1]), 1.0);
  const std::string load = "shares." + std::to_string(delta);
  bench.figures.tell(load, "ratio", ratio, "times");
  bench.figures.tell(load, "wanted", wanted, "times");
  bench.figures.tell(load, "error", (ratio / wanted - 1) * 100, "%");
  bench.figures.tell(load, "favoured_cpu", us(seen.used[0]) / 1e6 / seen.seconds, "CPUs");
  bench.figures.tell(load, "other_cpu", us(seen.used[1]) / 1e6 / seen.seconds, "CPUs");
}

void tell_scheduler_state(Bench& bench, const std::string& load) {
  std::ifstream file("/sys/kernel/sched_ext/state");
  std::string state;
  if (file >> state) bench.figures.tell_text(load, "sched_ext_state", state);
}

void tell_floor(Bench& bench, const std::string& load, int priority) {
  constexpr std::size_t ruled = 2;
  constexpr std::size_t others = 4;
  HogGround ground(bench);
  for (std::size_t i = 0; i < ruled; ++i) ground.add({priority});
  for (std::size_t i = 0; i < others; ++i) ground.add({});
  const auto seen = ground.watch(bench.settings.duration_or(60'000ms));
  double used = 0;
  for (std::size_t i = 0; i < ruled + others; ++i) {
    const bool is_ruled = i < ruled;
    const std::string name =
        (is_ruled ? "ruled" : "other") + std::to_string(is_ruled ? i : i - ruled);
    const double share = us(seen.used[i]) / 1e6 / seen.seconds;
    bench.figures.tell(load, name + "_cpu", share, "CPUs");
    bench.figures.tell(load, name + "_wait_max", longest_ms(seen.waits[i]), "ms");
    if (!is_ruled) used += share;
  }
  bench.figures.tell(load, "others_cpu", used, "CPUs");
  for (std::size_t cpu = 0; cpu < static_cast<std::size_t>(usable_cpus()); ++cpu) {
    double ran = 0;
    for (std::size_t i = ruled; i < ruled + others; ++i) {
      ran += static_cast<double>(seen.waits[i].ran[cpu]);
    }
    bench.figures.tell(load, "others_of_cpu" + std::to_string(cpu), ran / 1e7 / seen.seconds, "%");
  }
  tell_scheduler_state(bench, load);
}

void tell_slice(Bench& bench, std::chrono::microseconds length) {
  HogGround ground(bench);
  const std::int64_t ns = std::chrono::nanoseconds(length).count();
  ground.add({0, Slice::clamp(ns)}, crowded_cpu());
  ground.add({}, crowded_cpu());
  const auto seen = ground.watch(bench.settings.duration_or(10'000ms));
  const Waits& waits = seen.waits[0];
  const double median = percentile(waits.runs, 0.5) / 1e3;
  const std::string load = "slices." + std::to_string(length.count()) + "us";
  bench.figures.tell(load, "run_p10", percentile(waits.runs, 0.1) / 1e3, "us");
  bench.figures.tell(load, "run_p50", median, "us");
  bench.figures.tell(load, "run_p90", percentile(waits.runs, 0.9) / 1e3, "us");
  bench.figures.tell(load, "error", (median / us(length) - 1) * 100, "%");
  bench.figures.tell(load, "runs", static_cast<double>(waits.runs.size()), "");
  bench.figures.tell(load, "steps", static_cast<double>(seen.steps) / seen.seconds, "/s");
  bench.figures.tell(load, "other_run_p50", percentile(seen.waits[1].runs, 0.5) / 1e3, "us");
}

}  // namespace

void run_shares(Bench& bench) {
  if (!bench.arm.obeys()) return tell_share(bench, 0);
  for (const int delta : bench.settings.deltas) tell_share(bench, delta);
}

void run_floor(Bench& bench) {
  if (!bench.arm.obeys()) return tell_floor(bench, "floor.none", 0);
  tell_floor(bench, "floor.+20", 20);
  tell_floor(bench, "floor.-10", -10);
}

void run_slices(Bench& bench) {
  for (const auto length : bench.settings.slices) tell_slice(bench, length);
}

}  // namespace gthulhu::bench
