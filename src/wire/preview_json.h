// SPDX-License-Identifier: Apache-2.0
//
// The data of POST /strategies/preview: ours, not in the contract.
#pragma once

#include <cstdint>

#include "core/plan/preview.h"
#include "wire/json.h"

namespace gthulhu::wire {

// `generation` is the version of the snapshot that it was computed from.
Value encode_preview(const Preview& preview, std::uint64_t generation);

}  // namespace gthulhu::wire
