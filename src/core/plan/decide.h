// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "core/model/decision.h"
#include "core/model/intent.h"
#include "core/model/process.h"

namespace gthulhu {

// What holds a pod's network namespace; it does nothing and is left alone (contract 6.3).
inline constexpr std::string_view pause_command = "pause";

// Which intent each process obeys: of the intents for its pod the last whose command matches its
// comm and whose container, if it names one, the process is in; none for those that no intent
// matches, and for pause processes. And for each pod what holds for it as a whole: the last of its
// intents that matches every command of every container. Intents that have expired are as if they
// were not there; `expired` has one truth for each intent, or is empty: none has.
//
// In order of `pods` and of their processes, so the same input gives the same decisions.
Decisions decide(const std::vector<Intent>& intents,
                 const std::vector<PodProcesses>& pods,
                 const std::vector<bool>& expired = {});

}  // namespace gthulhu
