// SPDX-License-Identifier: Apache-2.0
//
// A priority multiplies what a pod's request gives it, and leaves its neighbours as they are to
// each other.
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/scheduler/busy_tree.h"
#include "tests/bench/scheduler/loads.h"
#include "tests/bench/scheduler/pod.h"
#include "tests/bench/scheduler/with_rules.h"

namespace gthulhu::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto usual_duration = 30'000ms;
constexpr int priority = 10;

struct Case {
  std::string name;
  int hogs = 0;  // in each pod
  std::optional<int> cpu;
  int weight_of_last = 100;  // the other two have 100
};

std::vector<Case> cases(int cpus) {
  std::vector<Case> all;
  for (const int weight : {100, 200}) {
    const std::string end = weight == 100 ? "_equal" : "_one_to_two";
    for (const int hogs : {1, 4}) {
      all.push_back({std::to_string(hogs) + "_each_on_one_cpu" + end, hogs, cpus - 1, weight});
    }
    if (cpus > 1) all.push_back({"each_on_every_cpu" + end, cpus, std::nullopt, weight});
  }
  return all;
}

void tell_shares(Bench& bench, const Case& of, bool with_rule) {
  const std::vector<double> cpus = use_of(bench,
                                          {{"favoured", 100, of.hogs, 0, with_rule ? priority : 0},
                                           {"neighbour", 100, of.hogs},
                                           {"last", of.weight_of_last, of.hogs}},
                                          bench.settings.duration_or(usual_duration), of.cpu);
  const std::string load = "priority." + of.name + (with_rule ? ".rule" : ".none");
  const double all = cpus[0] + cpus[1] + cpus[2];
  bench.figures.tell(load, "favoured", cpus[0] / all * 100, "%");
  bench.figures.tell(load, "neighbour", cpus[1] / all * 100, "%");
  bench.figures.tell(load, "last", cpus[2] / all * 100, "%");
  const double times = cpus[0] / cpus[1];
  const double wanted = with_rule ? std::pow(1.25, priority) : 1;
  bench.figures.tell(load, "favoured to neighbour", times, "times");
  bench.figures.tell(load, "off what is due", (times / wanted - 1) * 100, "%");
  bench.figures.tell(load, "last to neighbour", cpus[2] / cpus[1], "times");
}

}  // namespace

void run_priority(Bench& bench) {
  for (const Case& of : cases(usable_cpus())) {
    without_and_with_rules(bench.arm, [&](bool with_rule) { tell_shares(bench, of, with_rule); });
  }
}

}  // namespace gthulhu::bench
