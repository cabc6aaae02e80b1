// SPDX-License-Identifier: Apache-2.0
#include "wire/intent_json.h"

#include <cstdint>

namespace gthulhu::wire {

Value encode_intent_item(const Intent& intent, const IntentReport& report) {
  return Value::Object{{"id", intent.id.str()},
                       {"strategy", intent.strategy.str()},
                       {"pod", intent.pod_name},
                       {"podUid", intent.pod.str()},
                       {"namespace", intent.name_space.str()},
                       {"node", intent.node.str()},
                       {"priority", intent.priority.value()},
                       {"executionTime", intent.slice.length().count()},
                       {"state", name(report.state)},
                       {"reason", report.reason},
                       {"supersededBy", report.superseded_by.str()},
                       {"decisions", std::uint64_t{report.processes}}};
}

}  // namespace gthulhu::wire
