// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "core/model/enforcer_status.h"
#include "wire/json.h"

namespace gthulhu::wire {

// In /status and in the reports of the node link.
Value encode_enforcer(const EnforcerStatus& enforcer);

// The member `enforcer` of an object; as EnforcerStatus begins when it has none.
// Errc::invalid_argument names the member.
Result<EnforcerStatus> read_enforcer(const Value& object);

}  // namespace gthulhu::wire
