// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scheduler/busy_tree.h"

#include "tests/bench/scheduler/pod.h"

namespace gthulhu::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto settling = 700ms;

}  // namespace

std::vector<double> use_of(Bench& bench,
                           const std::vector<BusyCgroup>& cgroups,
                           std::chrono::milliseconds duration,
                           std::optional<int> cpu) {
  Ground ground(bench.arm);
  std::vector<Pod*> pods;
  for (const BusyCgroup& cgroup : cgroups) {
    Pod& pod = ground.add_cgroup(cgroup.path, cgroup.weight);
    if (cgroup.limit > 0) pod.limit(cgroup.limit);
    for (int i = 0; i < cgroup.hogs; ++i) {
      Tally& steps = shared<Tally>();
      pod.start([cpu, &steps] {
        if (cpu) stay_on_cpu(*cpu);
        be_hog(steps);
      });
    }
    pods.push_back(&pod);
  }
  ground.begin();
  sleep_for(until_ruled);
  for (std::size_t i = 0; i < pods.size(); ++i) {
    if (cgroups[i].priority != 0) pods[i]->favour(Priority::clamp(cgroups[i].priority));
  }
  sleep_for(settling);
  const auto look = [&pods] {
    std::vector<std::chrono::microseconds> used;
    for (const Pod* pod : pods) used.push_back(pod->used());
    return used;
  };
  const auto begin = std::chrono::steady_clock::now();
  const auto before = look();
  sleep_for(duration);
  const auto after = look();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::vector<double> cpus;
  for (std::size_t i = 0; i < pods.size(); ++i) {
    cpus.push_back(std::chrono::duration<double>(after[i] - before[i]) / took);
  }
  return cpus;
}

}  // namespace gthulhu::bench
