// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/inheritance.h"

#include <algorithm>
#include <limits>

namespace gthulhu {

namespace {

constexpr std::size_t no_tie = std::numeric_limits<std::size_t>::max();

// The smaller, the nearer.
std::size_t distance(const Newcomer& newcomer, const Carrier& carrier) {
  if (carrier.process == newcomer.process) return 0;
  const auto ancestor =
      std::find(newcomer.ancestors.begin(), newcomer.ancestors.end(), carrier.process.tid);
  if (ancestor != newcomer.ancestors.end()) {
    return 1 + static_cast<std::size_t>(ancestor - newcomer.ancestors.begin());
  }
  const bool is_shared_root = carrier.cgroup.empty() || carrier.cgroup == "/";
  if (!is_shared_root && carrier.cgroup == newcomer.cgroup) return no_tie - 1;
  return no_tie;
}

bool is_written(const Carrier& carrier, const SchedValues& values) {
  const bool is_ours = values == carrier.applied || values == carrier.previous;
  return is_ours && values != carrier.base;
}

bool is_reset_form(const Carrier& carrier, const SchedValues& values) {
  return carrier.reset_on_fork && values == after_reset_on_fork(carrier.applied) &&
         values != after_reset_on_fork(carrier.base);
}

}  // namespace

SchedValues after_reset_on_fork(const SchedValues& values) {
  SchedValues reset = values;
  reset.nice = std::max(values.nice, 0);
  reset.slice_ns = 0;
  return reset;
}

bool Carrier::could_pass_on(const SchedValues& values) const {
  return is_written(*this, values) || is_reset_form(*this, values);
}

std::optional<Inherited> inherited_by(const Newcomer& newcomer, std::span<const Carrier> carriers) {
  std::optional<Inherited> best;
  std::size_t best_distance = no_tie;
  for (const Carrier& carrier : carriers) {
    if (newcomer.id.start_ticks < carrier.since_ticks) continue;
    const bool written = is_written(carrier, newcomer.values);
    if (!written && !is_reset_form(carrier, newcomer.values)) continue;
    const std::size_t here = distance(newcomer, carrier);
    if (here == no_tie) continue;
    // The reset form is often everybody's default: only kinship proves anything.
    if (!written && here == no_tie - 1) continue;
    const SchedValues base = written ? carrier.base : after_reset_on_fork(carrier.base);
    const bool weaker = best && here == best_distance && base.nice > best->base.nice;
    if (here < best_distance || weaker) {
      best = Inherited{base, carrier.since_ticks};
      best_distance = here;
    }
  }
  return best;
}

}  // namespace gthulhu
