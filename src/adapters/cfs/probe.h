// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/cfs/cfs_enforcer.h"
#include "app/ports/enforcer.h"
#include "core/model/enforcer_status.h"

namespace gthulhu {

// Makes an enforcer that writes nothing: `observe` or `external`.
using MakeIdle = std::function<std::unique_ptr<Enforcer>(EnforcerKind kind, std::string reason)>;

// The best enforcer that works here without a scheduler of ours, chosen by trying (design D9), its
// status saying why this one and why not a better one. Whatever an earlier run left in the kernel
// is taken over, or put back when the choice is another one.
//
// `wanted` is the operator's choice; nothing means the best, and so does sched_ext, which this is
// the fallback of. Errc::unsupported for a wanted one that does not work here, so that nobody gets
// another than he named; Errc::unavailable when what an earlier run left cannot be read or put back
// although cfs works; where it does not, the reason says so.
Result<std::unique_ptr<Enforcer>> choose_enforcer(CfsEnforcer::Settings settings,
                                                  std::optional<EnforcerKind> wanted,
                                                  const MakeIdle& make_idle);

// Why the cfs enforcer cannot work here; empty when it can. Tries on an own child, which moves its
// nice down and up again: for that the right to raise it (CAP_SYS_NICE) is needed.
std::string why_not_cfs(SchedulingCalls& calls);

}  // namespace gthulhu
