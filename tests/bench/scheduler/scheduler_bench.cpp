// SPDX-License-Identifier: Apache-2.0
//
// What a way to favour pods does to them and to others: pods with loads, and what the kernel says
// of them. Needs root, pure cgroup v2 and a machine that nobody else uses: tests/bench/scheduler.py
// runs it in guests. A line for each figure: load, arm, figure, value, unit, with tabs between.
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "tests/bench/scheduler/arm.h"
#include "tests/bench/scheduler/figures.h"
#include "tests/bench/scheduler/loads.h"
#include "tests/bench/scheduler/pod.h"
#include "tests/bench/scheduler/settings.h"
#include "tests/bench/scheduler/throughput_work.h"
#include "tests/bench/scheduler/work.h"

namespace gthulhu::bench {
namespace {

int run(const Settings& settings) {
  if (settings.cpus > 0) stay_on_first_cpus(settings.cpus);
  auto arm = make_arm(settings.arm);
  if (!arm) fail(arm.error().text());
  Figures figures(settings.arm);
  const Rounds millisecond = rounds_of_a_millisecond();
  figures.tell("machine", "rounds", static_cast<double>(millisecond.count), "/ms");
  const auto before = std::chrono::steady_clock::now();
  if (const Result<> begun = (*arm)->begin(); !begun) fail(begun.error().text());
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - before;
  figures.tell("machine", "until the arm is there", took.count(), "ms");
  Bench bench{settings, **arm, figures, millisecond};
  if (settings.has("wake")) run_wake(bench);
  if (settings.has("slices")) run_slices(bench);
  if (settings.has("shares")) run_shares(bench);
  if (settings.has("floor")) run_floor(bench);
  if (settings.has("requests")) run_requests(bench);
  if (settings.has("limits")) run_limits(bench);
  if (settings.has("priority")) run_priority(bench);
  if (settings.has("kubelet")) run_kubelet(bench);
  if (settings.has("cpusets")) run_cpusets(bench);
  if (settings.has("throughput")) run_throughput(bench);
  if (settings.has("meter")) run_meter(bench);
  if (settings.has("inherit")) run_inherit(bench);
  if (settings.has("cost")) run_cost(bench);
  return 0;
}

}  // namespace
}  // namespace gthulhu::bench

int main(int count, char** arguments) {
  using namespace gthulhu::bench;
  if (count == 3 && std::string_view(arguments[1]) == forks_of) be_forks(std::atoi(arguments[2]));
  return run(settings_of(count, arguments));
}
