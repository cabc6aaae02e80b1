// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

namespace gthulhu {

// When to try a node again after `failures` failures in a row: half a second doubled up to half a
// minute. `draw` is uniform in [0, 1) and spreads the nodes over half as much time again.
MonotonicTime next_try(MonotonicTime now, int failures, double draw);

}  // namespace gthulhu
