// SPDX-License-Identifier: Apache-2.0
//
// What cgroups get by their weights when all of them want more than there is: pods' requests, as
// the kubelet turns them into cpu.weight (KEP 2254), in the trees that it makes.
#include <string>
#include <vector>

#include "tests/bench/scheduler/busy_tree.h"
#include "tests/bench/scheduler/loads.h"
#include "tests/bench/scheduler/pod.h"

namespace gthulhu::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto usual_duration = 30'000ms;

struct Tree {
  std::string name;
  std::vector<BusyCgroup> nodes;
};

Tree side_by_side(const std::string& name, const std::vector<int>& weights, int hogs) {
  Tree tree{name, {}};
  for (const int weight : weights) {
    tree.nodes.push_back({"pod" + std::to_string(tree.nodes.size()), weight, hogs});
  }
  return tree;
}

// Of one CPU each: 1 + (shares - 2) * 9999 / 262142.
constexpr int weight_of_a_cpu = 39;
constexpr int weight_of_100_millicpu = 4;

// Ten pods of 100 millicpu, of which one has work, beside a guaranteed one.
Tree one_of_ten(int hogs) {
  Tree tree{"one_of_ten", {{"kubepods", 79}, {"kubepods/guaranteed", weight_of_a_cpu, hogs}}};
  tree.nodes.push_back({"kubepods/burstable", weight_of_a_cpu});
  for (int i = 0; i < 10; ++i) {
    tree.nodes.push_back(
        {"kubepods/burstable/pod" + std::to_string(i), weight_of_100_millicpu, i == 0 ? hogs : 0});
  }
  return tree;
}

Tree best_effort(int hogs) {
  Tree tree{"best_effort", {{"kubepods", 79}, {"kubepods/guaranteed", weight_of_a_cpu, hogs}}};
  tree.nodes.push_back({"kubepods/besteffort", 1});
  for (int i = 0; i < 8; ++i) {
    tree.nodes.push_back({"kubepods/besteffort/pod" + std::to_string(i), 1, hogs});
  }
  return tree;
}

Tree system_slice(int hogs) {
  return {"system_slice",
          {{"system", 100, hogs}, {"kubepods", 79}, {"kubepods/pod", weight_of_a_cpu, hogs}}};
}

Tree four_deep(int hogs) {
  return {"four_deep",
          {{"a", 300},
           {"b", 100, hogs},
           {"a/c", 100},
           {"a/d", 200, hogs},
           {"a/c/e", 300},
           {"a/c/f", 100, hogs},
           {"a/c/e/g", 100, hogs},
           {"a/c/e/h", 100, hogs}}};
}

std::vector<Tree> trees(int cpus) {
  std::vector<Tree> all;
  for (const int hogs : {cpus, 4 * cpus}) {
    const std::string end = "_" + std::to_string(hogs) + "_hogs";
    all.push_back(side_by_side("equal" + end, {100, 100}, hogs));
    all.push_back(side_by_side("three_to_one" + end, {300, 100}, hogs));
  }
  all.push_back(side_by_side("1_2_4_8", {100, 200, 400, 800}, cpus));
  all.push_back(one_of_ten(cpus));
  all.push_back(best_effort(cpus));
  all.push_back(system_slice(cpus));
  all.push_back(four_deep(cpus));
  return all;
}

void tell_parts(Bench& bench, const Tree& tree) {
  const std::vector<double> cpus =
      use_of(bench, tree.nodes, bench.settings.duration_or(usual_duration));
  double all = 0;
  for (std::size_t i = 0; i < cpus.size(); ++i) all += tree.nodes[i].hogs > 0 ? cpus[i] : 0;
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    if (tree.nodes[i].hogs == 0) continue;
    bench.figures.tell("requests." + tree.name, tree.nodes[i].path, cpus[i] / all * 100, "%");
  }
}

}  // namespace

void run_requests(Bench& bench) {
  for (const Tree& tree : trees(usable_cpus())) tell_parts(bench, tree);
}

}  // namespace gthulhu::bench
