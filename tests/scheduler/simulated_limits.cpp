// SPDX-License-Identifier: Apache-2.0
#include "tests/scheduler/simulated_limits.h"

#include <algorithm>

namespace gthulhu::scheduler {

SimulatedLimits::SimulatedLimits(const std::vector<GroupSpec>& groups)
    : groups_(groups.size() + 1) {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto us = [](Time time) { return static_cast<std::uint64_t>(time.count() / 1000); };
    const GroupSpec& group = groups[i];
    groups_[i + 1].parent = group.parent;
    gthulhu_set_limit(&groups_[i + 1].limit, us(group.period),
                      group.quota > Time::zero() ? us(group.quota) : GTHULHU_NO_QUOTA,
                      us(group.burst), 0);
  }
}

std::uint32_t SimulatedLimits::of(std::uint32_t group) const {
  while (group != 0 && groups_[group].limit.quota_ns == 0) group = groups_[group].parent;
  return group;
}

SimulatedLimits::Budget SimulatedLimits::find(std::uint32_t limited, std::uint64_t now) {
  Budget budget{.left_ns = GTHULHU_WATCHDOG_NS, .refill_ns = never};
  for (; limited != 0; limited = of(groups_[limited].parent)) {
    gthulhu_limit& limit = groups_[limited].limit;
    const std::uint64_t quotas = gthulhu_quotas(limit.refill_ns, now, limit.period_ns);
    if (quotas > 0) limit.budget_ns = gthulhu_refilled(limit.budget_ns, quotas, &limit);
    limit.refill_ns += quotas * limit.period_ns;
    budget.left_ns = std::min<std::int64_t>(budget.left_ns, limit.budget_ns);
    budget.refill_ns = std::min<std::uint64_t>(budget.refill_ns, limit.refill_ns);
  }
  return budget;
}

bool SimulatedLimits::has_budget(std::uint32_t limited, std::uint64_t now) {
  return limited == 0 || gthulhu_grant(find(limited, now).left_ns, GTHULHU_MS) > 0;
}

void SimulatedLimits::take(std::uint32_t limited, std::int64_t taken_ns) {
  for (; limited != 0; limited = of(groups_[limited].parent)) {
    groups_[limited].limit.budget_ns -= taken_ns;
  }
}

std::uint64_t SimulatedLimits::reserve(std::uint32_t limited,
                                       gthulhu_task& state,
                                       std::uint64_t wanted_ns,
                                       std::uint64_t now) {
  if (state.grant_ns != 0) wanted_ns = std::min<std::uint64_t>(wanted_ns, state.grant_ns);
  std::uint64_t granted = gthulhu_grant(find(limited, now).left_ns, wanted_ns);
  if (granted == 0 && state.grant_ns != 0) granted = GTHULHU_GRANT_LEAST_NS;
  state.grant_ns = 0;
  state.reserved_ns = granted;
  take(limited, static_cast<std::int64_t>(granted));
  return granted;
}

void SimulatedLimits::settle(gthulhu_task& state, std::uint64_t ran_ns) {
  take(of(state.group), static_cast<std::int64_t>(ran_ns - state.reserved_ns));
  state.reserved_ns = 0;
}

std::uint64_t SimulatedLimits::next_event() const {
  std::uint64_t next = never;
  for (const Limited& group : groups_) next = std::min(next, group.fires_ns);
  return next;
}

}  // namespace gthulhu::scheduler
