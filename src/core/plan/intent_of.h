// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/intent.h"

namespace gthulhu {

// What `strategy` wants for `pod`, which it selects.
Intent intent_of(const Strategy& strategy, const Pod& pod);

// Whether both want the same for any pod that both select; their standing aside.
bool want_the_same(const Strategy& left, const Strategy& right);

}  // namespace gthulhu
