// SPDX-License-Identifier: Apache-2.0
//
// A node on which everybody wants more than there is: pods of every QoS class, with and without
// limits, and the node's own services, in the cgroups that a kubelet makes.
#include <array>
#include <string>
#include <vector>

#include "tests/bench/scheduler/kubelet_tree.h"
#include "tests/bench/scheduler/loads.h"
#include "tests/bench/scheduler/pod.h"

namespace gthulhu::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto usual_duration = 30'000ms;

// For each CPU of the node. What they ask for is a third of it, so that limits are reached.
const std::array<PodSpec, 6> pods_of_a_cpu{{{"guaranteed", 100, 100},
                                            {"guaranteed", 60, 60},
                                            {"burstable", 100, 0},
                                            {"burstable", 50, 50},
                                            {"besteffort"},
                                            {"besteffort"}}};

// The formulas' authors give these.
void check_formulas() {
  struct Known {
    int shares, linear, quadratic;
  };
  for (const auto& [shares, linear, quadratic] :
       {Known{2, 1, 1}, {1'024, 39, 100}, {262'144, 10'000, 10'000}}) {
    if (weight_of(shares, WeightFormula::linear) != linear ||
        weight_of(shares, WeightFormula::quadratic) != quadratic) {
      fail("the weight of " + std::to_string(shares) + " shares is wrong");
    }
  }
}

std::string name_of(std::size_t number, const PodSpec& pod) {
  std::string name = "pod " + std::to_string(number) + ", " + pod.qos;
  if (pod.request_millicpu > 0) name += " " + std::to_string(pod.request_millicpu) + "m";
  if (pod.limit_millicpu > 0) name += " of at most " + std::to_string(pod.limit_millicpu) + "m";
  return name;
}

void tell_parts(Bench& bench, const std::string& driver, WeightFormula formula) {
  const int cpus = usable_cpus();
  std::vector<PodSpec> pods(pods_of_a_cpu.begin(), pods_of_a_cpu.end());
  for (PodSpec& pod : pods) {
    pod.request_millicpu *= cpus;
    pod.limit_millicpu *= cpus;
  }
  KubeletTree tree = kubelet_tree(driver, formula, cpus, pods, cpus);
  // systemd's own weight for units, which is also that of a cgroup nobody wrote to.
  tree.cgroups.push_back({"system.slice", 100});
  const std::size_t service = tree.cgroups.size();
  tree.cgroups.push_back({"system.slice/containerd.service", 100, cpus});
  const std::vector<double> used =
      use_of(bench, tree.cgroups, bench.settings.duration_or(usual_duration));
  const std::string load =
      "kubelet." + driver + (formula == WeightFormula::linear ? ".linear" : ".quadratic");
  for (std::size_t i = 0; i < pods.size(); ++i) {
    bench.figures.tell(load, name_of(i, pods[i]), used[tree.containers[i]] / cpus * 100, "%");
  }
  bench.figures.tell(load, "system.slice", used[service] / cpus * 100, "%");
}

}  // namespace

void run_kubelet(Bench& bench) {
  check_formulas();
  for (const char* driver : {"cgroupfs", "systemd"}) {
    for (const WeightFormula formula : {WeightFormula::linear, WeightFormula::quadratic}) {
      tell_parts(bench, driver, formula);
    }
  }
}

}  // namespace gthulhu::bench
