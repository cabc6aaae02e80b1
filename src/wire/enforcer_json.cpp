// SPDX-License-Identifier: Apache-2.0
#include "wire/enforcer_json.h"

#include "wire/fields.h"

namespace gthulhu::wire {

Value encode_enforcer(const EnforcerStatus& enforcer) {
  return Value::Object{{"kind", name(enforcer.kind)},
                       {"reason", enforcer.reason},
                       {"approximate", enforcer.approximate},
                       {"tasks", std::uint64_t{enforcer.tasks}},
                       {"cgroups", std::uint64_t{enforcer.cgroups}}};
}

Result<EnforcerStatus> read_enforcer(const Value& object) {
  EnforcerStatus status;
  const Value* value = object.find("enforcer");
  if (value == nullptr || value->is_null()) return status;
  ObjectReader reader = TRY(ObjectReader::open(*value, "enforcer"));
  std::string kind;
  std::uint64_t tasks = 0;
  std::uint64_t cgroups = 0;
  TRY(reader.read("kind", kind));
  TRY(reader.read("reason", status.reason));
  TRY(reader.read("approximate", status.approximate));
  TRY(read_natural(reader, "tasks", tasks));
  TRY(read_natural(reader, "cgroups", cgroups));
  status.tasks = tasks;
  status.cgroups = cgroups;
  for (const EnforcerKind known : {EnforcerKind::sched_ext, EnforcerKind::cfs,
                                   EnforcerKind::external, EnforcerKind::observe}) {
    if (name(known) != kind) continue;
    status.kind = known;
    return status;
  }
  return invalid_field("enforcer.kind", "must be sched_ext, cfs, external or observe");
}

}  // namespace gthulhu::wire
