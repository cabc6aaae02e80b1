// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/model/intent.h"

namespace gthulhu {

// The ids of the started containers that the strategy is for, sorted; none when it is for all.
std::vector<std::string> container_ids(const Strategy& strategy,
                                       std::span<const Container> containers);

// What `strategy` wants for `pod`, which it selects.
Intent intent_of(const Strategy& strategy, const Pod& pod);

// Whether both want the same for any pod that both select; their standing aside.
bool want_the_same(const Strategy& left, const Strategy& right);

}  // namespace gthulhu
