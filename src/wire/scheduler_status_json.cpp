// SPDX-License-Identifier: Apache-2.0
#include "wire/scheduler_status_json.h"

#include <utility>

#include "core/match/utf8.h"
#include "wire/timestamp.h"

namespace gthulhu::wire {

namespace {

Value encode_time(const std::optional<TimePoint>& time) {
  return time ? Value(rfc3339(*time)) : Value();
}

// Names of tasks may be any bytes, and stand in the kernel's texts too: hence valid_utf8().
Value encode_exit(const SchedulerExit& exit) {
  return Value::Object{{"at", rfc3339(exit.at)},
                       {"kind", name(exit.kind)},
                       {"code", exit.code},
                       {"reason", valid_utf8(exit.reason)},
                       {"message", valid_utf8(exit.message)}};
}

Value encode_counts(const SchedulerCounts& counts) {
  Value::Object members;
  for (const auto& [name, count] : scheduler_count_names) members.emplace_back(name, counts.*count);
  return members;
}

Value encode_exit_counts(const SchedulerStatus& status) {
  Value::Object members;
  for (const SchedulerExitKind kind : all_scheduler_exit_kinds) {
    members.emplace_back(name(kind), status.exit_counts.at(static_cast<std::size_t>(kind)));
  }
  return members;
}

}  // namespace

Value encode_scheduler(const SchedulerStatus& status) {
  Value::Array exits;
  for (const SchedulerExit& exit : status.exits) exits.push_back(encode_exit(exit));
  return Value::Object{{"state", name(status.state)},
                       {"reason", valid_utf8(status.reason)},
                       {"since", encode_time(status.since)},
                       {"enforcer", name(status.enforcer)},
                       {"kernel", status.kernel},
                       {"counts", encode_counts(status.counts)},
                       {"load", Value::Object{{"queued", status.load.queued},
                                              {"chosen", status.load.chosen},
                                              {"running", status.load.running},
                                              {"onlineCpus", status.load.online_cpus}}},
                       {"rules", Value::Object{{"cgroups", std::uint64_t{status.rules.cgroups}},
                                               {"processes", std::uint64_t{status.rules.processes}},
                                               {"threads", std::uint64_t{status.rules.threads}},
                                               {"pods", std::uint64_t{status.rules.pods}},
                                               {"names", std::uint64_t{status.rules.names}},
                                               {"refused", std::uint64_t{status.rules.refused}}}},
                       {"exits", std::move(exits)},
                       {"exitCounts", encode_exit_counts(status)},
                       {"nextTrial", encode_time(status.next_trial)},
                       {"dump", valid_utf8(status.dump)}};
}

Value encode_ruled_threads(const std::vector<RuledThread>& threads, bool is_all) {
  Value::Array items;
  for (const RuledThread& thread : threads) {
    Value in_force;
    if (thread.in_force) {
      in_force = Value::Object{{"priority", thread.in_force->priority.value()},
                               {"sliceNs", thread.in_force->slice.length().count()},
                               {"current", thread.in_force->is_current},
                               {"share", thread.in_force->share}};
    }
    items.push_back(Value::Object{{"thread", thread.thread},
                                  {"name", valid_utf8(thread.name)},
                                  {"priority", thread.priority.value()},
                                  {"sliceNs", thread.slice.length().count()},
                                  {"inForce", std::move(in_force)}});
  }
  return Value::Object{{"threads", std::move(items)}, {"all", is_all}};
}

}  // namespace gthulhu::wire
