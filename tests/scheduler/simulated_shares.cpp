// SPDX-License-Identifier: Apache-2.0
#include "tests/scheduler/simulated_shares.h"

#include <algorithm>

namespace gthulhu::scheduler {

SimulatedShares::SimulatedShares(int cpus, const std::vector<GroupSpec>& groups)
    : whole_(static_cast<std::uint64_t>(cpus) * GTHULHU_SHARE_ONE), groups_(groups.size() + 1) {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups_[i + 1].weight = groups[i].weight;
    groups_[i + 1].parent = groups[i].parent;
  }
}

void SimulatedShares::enter(const TaskSpec& task, gthulhu_task& state) {
  const std::uint32_t weight = gthulhu_weight(task.nice, 0);
  if (state.weight == weight) return;
  leave(state);
  state.weight = weight;
  change_load(state.group, weight, true);
}

void SimulatedShares::leave(gthulhu_task& state) {
  if (state.weight == 0) return;
  change_load(state.group, state.weight, false);
  state.weight = 0;
}

std::uint64_t SimulatedShares::of_task(const TaskSpec& task, const gthulhu_task& state) const {
  const std::uint64_t load = groups_[state.group].load;
  return gthulhu_part(of_group(state.group), gthulhu_weight(task.nice, state.policy.priority),
                      std::max<std::uint64_t>(load, state.weight));
}

void SimulatedShares::change_load(std::uint32_t number, std::uint64_t weight, bool is_more) {
  for (;;) {
    gthulhu_group& group = groups_[number];
    const std::uint32_t before = group.active;
    group.active = is_more ? before + 1 : before - 1;
    group.load += is_more ? weight : -weight;
    if (before != (is_more ? 0U : 1U) || number == 0) return;
    weight = gthulhu_weight_of_group(group.weight);
    number = group.parent;
  }
}

std::uint64_t SimulatedShares::of_group(std::uint32_t number) const {
  if (number == 0) return whole_;
  const gthulhu_group& group = groups_[number];
  const std::uint64_t weight = gthulhu_weight_of_group(group.weight);
  return gthulhu_part(of_group(group.parent), weight,
                      std::max<std::uint64_t>(groups_[group.parent].load, weight));
}

}  // namespace gthulhu::scheduler
