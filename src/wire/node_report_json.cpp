// SPDX-License-Identifier: Apache-2.0
//
// What a node says on the node link: its state and its reports.
#include <algorithm>
#include <utility>

#include "wire/enforcer_json.h"
#include "wire/fields.h"
#include "wire/node_link_json.h"

namespace gthulhu::wire {

namespace {

Value encode_intent_report(const IntentReport& report) {
  return Value::Object{{"intent", report.intent.str()},
                       {"state", name(report.state)},
                       {"reason", report.reason},
                       {"supersededBy", report.superseded_by.str()},
                       {"processes", std::uint64_t{report.processes}}};
}

Result<IntentReport> decode_intent_report(const Value& item, const std::string& path) {
  ObjectReader reader = TRY(ObjectReader::open(item, path));
  IntentReport report;
  std::string state;
  std::string by;
  std::uint64_t processes = 0;
  report.intent = TRY(read_id<IntentId>(reader, "intent"));
  TRY(reader.read("state", state));
  TRY(reader.read("reason", report.reason));
  TRY(reader.read("supersededBy", by));
  TRY(read_natural(reader, "processes", processes));
  report.superseded_by = IntentId(std::move(by));
  report.processes = processes;
  const auto known =
      std::ranges::find(all_intent_states, state, [](IntentState s) { return name(s); });
  if (known == all_intent_states.end())
    return invalid_field(reader.path_of("state"), "must be a known state");
  report.state = *known;
  return report;
}

}  // namespace

Value encode_state(const NodeState& state) {
  return Value::Object{{"protocol", node_link_protocol},
                       {"node", state.node.str()},
                       {"generation", state.generation},
                       {"digest", state.digest.hex()},
                       {"sequence", state.sequence}};
}

Result<NodeState> decode_state(const Value& data) {
  ObjectReader reader = TRY(ObjectReader::open(data));
  NodeState state;
  std::string node;
  TRY(reader.read("node", node));
  TRY(read_natural(reader, "generation", state.generation));
  TRY(read_natural(reader, "sequence", state.sequence));
  state.digest = TRY(read_digest(reader));
  state.node = NodeName(std::move(node));
  return state;
}

Value encode_report(const ReportMessage& message) {
  Value::Array gone;
  for (const IntentId& id : message.gone) gone.emplace_back(id.str());
  return Value::Object{{"node", message.report.node.str()},
                       {"sequence", message.sequence},
                       {"generation", message.report.generation},
                       {"whole", message.whole},
                       {"trouble", message.report.trouble},
                       {"enforcer", encode_enforcer(message.report.enforcer)},
                       {"intents", encode_each(message.report.intents, encode_intent_report)},
                       {"gone", std::move(gone)}};
}

Result<ReportMessage> decode_report(const Value& data) {
  ObjectReader reader = TRY(ObjectReader::open(data));
  ReportMessage message;
  std::string node;
  std::vector<std::string> gone;
  TRY(reader.read("node", node));
  TRY(read_natural(reader, "sequence", message.sequence));
  TRY(read_natural(reader, "generation", message.report.generation));
  TRY(reader.read("whole", message.whole));
  TRY(reader.read("trouble", message.report.trouble));
  TRY(reader.read("gone", gone));
  TRY(reader.read_each("intents", [&](const Value& item, const std::string& path) -> Result<> {
    message.report.intents.push_back(TRY(decode_intent_report(item, path)));
    return {};
  }));
  message.report.enforcer = TRY(read_enforcer(data));
  message.report.node = NodeName(std::move(node));
  for (std::string& id : gone) message.gone.emplace_back(std::move(id));
  return message;
}

}  // namespace gthulhu::wire
