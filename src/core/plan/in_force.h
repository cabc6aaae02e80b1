// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "core/model/strategy.h"

namespace gthulhu {

// Whether a strategy counts at `now`: it is enabled and does not expire at or before that.
bool is_in_force(const Strategy& strategy, TimePoint now);

// Whether nothing that a strategy asks for keeps pods out: neither an equality, a set or the
// existence of a label, nor namespaces, nor globs over cgroup paths. Excludes, a container's name
// and protection do not count, since all but a few pods may remain. Whoever writes such a strategy
// must confirm it.
bool selects_everything(const Strategy& strategy);

}  // namespace gthulhu
