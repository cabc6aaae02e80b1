// SPDX-License-Identifier: Apache-2.0
#include "wire/status_json.h"

#include "wire/enforcer_json.h"

namespace gthulhu::wire {

namespace {

Value encode_counts(const StateCounts& counts) {
  Value::Object members;
  for (const auto& [state, count] : counts) {
    members.emplace_back(name(state), std::uint64_t{count});
  }
  return members;
}

Value::Object encode_node(const NodeStatus& status) {
  return {{"name", status.node.str()},
          {"generation", status.generation},
          {"acknowledged", status.acknowledged},
          {"upToDate", status.is_up_to_date},
          {"intents", encode_counts(status.intents)},
          {"enforcer", encode_enforcer(status.enforcer)},
          {"trouble", status.trouble}};
}

Value encode_discovery(const DiscoveryStatus& discovery) {
  return Value::Object{{"source", name(discovery.source)},
                       {"reason", discovery.reason},
                       {"trouble", discovery.trouble},
                       {"pods", std::uint64_t{discovery.pods}},
                       {"processes", std::uint64_t{discovery.processes}},
                       {"threads", std::uint64_t{discovery.threads}},
                       {"events", discovery.events},
                       {"lost", discovery.lost},
                       {"rescans", discovery.rescans},
                       {"repaired", discovery.repaired}};
}

Value encode_kind(const WatchedKind& kind) {
  return Value::Object{{"resource", kind.resource},
                       {"complete", kind.is_complete},
                       {"current", kind.is_current},
                       {"trouble", kind.trouble},
                       {"objects", std::uint64_t{kind.objects}},
                       {"lists", kind.lists},
                       {"watches", kind.watches},
                       {"audits", kind.audits},
                       {"events", kind.events},
                       {"repeated", kind.repeated},
                       {"lost", kind.lost}};
}

}  // namespace

Value encode_status(const ManagerStatus& status) {
  Value::Array nodes;
  for (const NodeStatus& node : status.nodes) nodes.emplace_back(encode_node(node));
  Value::Array kinds;
  for (const WatchedKind& kind : status.workloads.kinds) kinds.emplace_back(encode_kind(kind));
  return Value::Object{{"version", status.version},
                       {"mode", status.mode},
                       {"store", status.store},
                       {"workloads", Value::Object{{"source", status.workload_source},
                                                   {"detail", status.workloads.detail},
                                                   {"pods", std::uint64_t{status.pods}},
                                                   {"kinds", std::move(kinds)}}},
                       {"strategies", std::uint64_t{status.strategies}},
                       {"nodes", std::move(nodes)}};
}

Value encode_status(const NodeStatus& status,
                    const DiscoveryStatus& discovery,
                    const std::string& waits_uncounted,
                    const std::string& version) {
  Value::Object members = encode_node(status);
  members.insert(members.begin(), {"version", version});
  members.emplace_back("discovery", encode_discovery(discovery));
  members.emplace_back("runQueueWaits", Value::Object{{"counted", waits_uncounted.empty()},
                                                      {"reason", waits_uncounted}});
  return members;
}

}  // namespace gthulhu::wire
