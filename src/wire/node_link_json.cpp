// SPDX-License-Identifier: Apache-2.0
#include "wire/node_link_json.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <utility>

#include "base/text.h"
#include "wire/strategy_json.h"

namespace gthulhu::wire {

namespace {

constexpr std::int64_t rank_max = 1'000'000;
constexpr std::uint64_t generation_max = std::uint64_t{1}
                                         << 53U;           // what every reader of JSON holds
constexpr std::int64_t time_ms_max = 253'402'300'799'999;  // the last of four digits
constexpr std::size_t text_max = 253;
constexpr std::size_t label_key_max = 317;
constexpr std::size_t items_max = 256;

Error invalid(const std::string& field, std::string_view what) {
  return Error{Errc::invalid_argument, field + " " + std::string(what), "", field};
}

Result<> read_natural(ObjectReader& reader, std::string_view key, std::uint64_t& target) {
  std::int64_t number = 0;
  TRY(reader.read(key, number));
  if (number < 0) return invalid(reader.path_of(key), "must not be negative");
  target = static_cast<std::uint64_t>(number);
  return {};
}

Result<> read_time(ObjectReader& reader, std::string_view key, TimePoint& target) {
  std::int64_t milliseconds = 0;
  TRY(reader.read(key, milliseconds));
  if (milliseconds < 0 || milliseconds > time_ms_max) {
    return invalid(reader.path_of(key), "must be milliseconds since 1970");
  }
  target = TimePoint{std::chrono::milliseconds{milliseconds}};
  return {};
}

// The sender's clock, from which ends are counted.
Result<TimePoint> read_now(ObjectReader& reader) {
  TimePoint now;
  TRY(read_time(reader, "now", now));
  if (now == TimePoint{}) return invalid("now", "must be the sender's time");
  return now;
}

Result<> read_generation(ObjectReader& reader, std::string_view key, Generation& target) {
  TRY(read_natural(reader, key, target));
  if (target <= generation_max) return {};
  return invalid(reader.path_of(key), "must be at most 9007199254740992");
}

Result<> check_length(const std::string& text, std::size_t most, const std::string& field) {
  if (count_characters(text) <= most) return {};
  return invalid(field, "must have at most " + std::to_string(most) + " characters");
}

Result<> check_count(std::size_t count, const std::string& field) {
  if (count <= items_max) return {};
  return invalid(field, "must have at most " + std::to_string(items_max) + " entries");
}

Result<Digest> read_digest(ObjectReader& reader) {
  std::string hex;
  TRY(reader.read("digest", hex));
  const auto digest = parse_digest(hex);
  if (!digest) return invalid(reader.path_of("digest"), "must be 64 hexadecimal digits");
  return *digest;
}

template <class Id>
Result<Id> read_id(ObjectReader& reader, std::string_view key) {
  std::string text;
  TRY(reader.read(key, text));
  TRY(check_object_id(text, reader.path_of(key)));
  return Id(to_lower(text));
}

Result<> check_protocol(ObjectReader& reader) {
  std::int64_t protocol = 0;
  TRY(reader.read("protocol", protocol));
  if (protocol == node_link_protocol) return {};
  return invalid("protocol", "must be " + std::to_string(node_link_protocol) +
                                 ", the one that this node speaks, not " +
                                 std::to_string(protocol));
}

Value encode(const NodeStrategy& strategy) {
  return Value::Object{
      {"id", strategy.id.str()},
      {"commandRegex", strategy.command.text()},
      {"commandMatch", "comm"},
      {"priority", strategy.priority.value()},
      {"executionTime", strategy.slice.length().count()},
      {"rank", strategy.rank},
      {"container", strategy.container},
      {"expiresAt", strategy.expires ? strategy.expires->time_since_epoch().count() : 0},
      {"clamped", strategy.clamped}};
}

Result<NodeStrategy> decode_node_strategy(const Value& item, const std::string& path) {
  ObjectReader reader = TRY(ObjectReader::open(item, path));
  NodeStrategy strategy;
  strategy.id = TRY(read_id<StrategyId>(reader, "id"));
  std::string command;
  std::string match = "comm";
  std::int64_t priority = 0;
  std::int64_t slice = 0;
  std::int64_t rank = 0;
  TimePoint expires;
  TRY(reader.read("commandRegex", command));
  TRY(reader.read("commandMatch", match));
  TRY(reader.read("priority", priority));
  TRY(reader.read("executionTime", slice));
  TRY(reader.read("rank", rank));
  TRY(reader.read("container", strategy.container));
  TRY(check_length(strategy.container, text_max, reader.path_of("container")));
  TRY(read_time(reader, "expiresAt", expires));
  TRY(reader.read("clamped", strategy.clamped));
  if (match != "comm") return invalid(reader.path_of("commandMatch"), "must be comm");
  if (rank < -rank_max || rank > rank_max) {
    return invalid(reader.path_of("rank"), "must be between -1000000 and 1000000");
  }
  strategy.command = TRY(CommandPattern::parse(std::move(command), reader.path_of("commandRegex")));
  strategy.priority = TRY(Priority::parse(priority, reader.path_of("priority")));
  strategy.slice = TRY(Slice::parse(slice, reader.path_of("executionTime")));
  strategy.rank = static_cast<int>(rank);
  if (expires != TimePoint{}) strategy.expires = expires;
  return strategy;
}

Value encode(const NodePod& pod) {
  Value::Array containers;
  for (const Container& container : pod.containers) {
    containers.emplace_back(Value::Object{{"name", container.name}, {"id", container.id}});
  }
  Value::Array strategies;
  for (const StrategyId& id : pod.strategies) strategies.emplace_back(id.str());
  return Value::Object{{"uid", pod.uid.str()},
                       {"name", pod.name},
                       {"namespace", pod.name_space.str()},
                       {"labels", Value::Object(pod.labels.begin(), pod.labels.end())},
                       {"containers", std::move(containers)},
                       {"strategies", std::move(strategies)}};
}

// Sorted, each once: the digest depends on it.
Result<> read_containers(ObjectReader& reader, NodePod& pod) {
  std::set<std::pair<std::string, std::string>> containers;
  TRY(reader.read_each("containers", [&](const Value& item, const std::string& path) -> Result<> {
    ObjectReader fields = TRY(ObjectReader::open(item, path));
    Container container;
    TRY(fields.read("name", container.name));
    TRY(fields.read("id", container.id));
    TRY(check_length(container.name, text_max, fields.path_of("name")));
    TRY(check_length(container.id, text_max, fields.path_of("id")));
    if (container.name.empty()) return invalid(fields.path_of("name"), "must not be empty");
    // Processes in no known container have an empty one.
    if (container.id.empty()) return invalid(fields.path_of("id"), "must not be empty");
    containers.emplace(std::move(container.name), std::move(container.id));
    return {};
  }));
  TRY(check_count(containers.size(), reader.path_of("containers")));
  for (const auto& [name, id] : containers) pod.containers.push_back({name, id});
  return {};
}

Result<> read_strategies_of_pod(ObjectReader& reader, NodePod& pod) {
  std::vector<std::string> ids;
  TRY(reader.read("strategies", ids));
  TRY(check_count(ids.size(), reader.path_of("strategies")));
  if (ids.empty()) return invalid(reader.path_of("strategies"), "must not be empty");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::string field = reader.path_of("strategies") + "[" + std::to_string(i) + "]";
    TRY(check_object_id(ids[i], field));
    std::string id = to_lower(ids[i]);
    if (!seen.insert(id).second) return invalid(field, "must not be there twice");
    pod.strategies.emplace_back(std::move(id));
  }
  return {};
}

Result<NodePod> decode_node_pod(const Value& item, const std::string& path) {
  ObjectReader reader = TRY(ObjectReader::open(item, path));
  NodePod pod;
  std::string uid;
  std::string name_space;
  TRY(reader.read("uid", uid));
  TRY(reader.read("name", pod.name));
  TRY(reader.read("namespace", name_space));
  TRY(reader.read_map("labels", [&](const std::string& key, const std::string& text) -> Result<> {
    const std::string field = reader.path_of("labels");
    TRY(check_length(key, label_key_max, field));
    TRY(check_length(text, text_max, field + "." + key));
    pod.labels.insert_or_assign(key, text);
    return {};
  }));
  TRY(check_count(pod.labels.size(), reader.path_of("labels")));
  TRY(read_containers(reader, pod));
  TRY(read_strategies_of_pod(reader, pod));
  TRY(check_length(uid, text_max, reader.path_of("uid")));
  TRY(check_length(pod.name, text_max, reader.path_of("name")));
  TRY(check_length(name_space, text_max, reader.path_of("namespace")));
  if (uid.empty()) return invalid(reader.path_of("uid"), "must not be empty");
  pod.uid = PodUid(std::move(uid));
  pod.name_space = Namespace(std::move(name_space));
  return pod;
}

Result<std::vector<NodeStrategy>> read_strategies(ObjectReader& reader) {
  std::vector<NodeStrategy> strategies;
  std::set<StrategyId> seen;
  TRY(reader.read_each("strategies", [&](const Value& item, const std::string& path) -> Result<> {
    strategies.push_back(TRY(decode_node_strategy(item, path)));
    if (seen.insert(strategies.back().id).second) return {};
    return invalid(path + ".id", "must not be there twice");
  }));
  return strategies;
}

Result<std::vector<NodePod>> read_pods(ObjectReader& reader) {
  std::vector<NodePod> pods;
  std::set<PodUid> seen;
  TRY(reader.read_each("pods", [&](const Value& item, const std::string& path) -> Result<> {
    pods.push_back(TRY(decode_node_pod(item, path)));
    if (seen.insert(pods.back().uid).second) return {};
    return invalid(path + ".uid", "must not be there twice");
  }));
  return pods;
}

Value encode(const EnforcerStatus& enforcer) {
  return Value::Object{{"kind", name(enforcer.kind)},
                       {"reason", enforcer.reason},
                       {"approximate", enforcer.approximate},
                       {"tasks", std::uint64_t{enforcer.tasks}},
                       {"cgroups", std::uint64_t{enforcer.cgroups}}};
}

Result<EnforcerStatus> read_enforcer(const Value& data) {
  EnforcerStatus status;
  const Value* value = data.find("enforcer");
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
  return invalid("enforcer.kind", "must be sched_ext, cfs, external or observe");
}

Value encode(const IntentReport& report) {
  return Value::Object{{"intent", report.intent.str()},
                       {"state", name(report.state)},
                       {"reason", report.reason},
                       {"supersededBy", report.superseded_by.str()},
                       {"processes", std::uint64_t{report.processes}}};
}

template <class Items>
Value encode_all(const Items& items) {
  Value::Array encoded;
  for (const auto& item : items) encoded.push_back(encode(item));
  return encoded;
}

template <class Values>
Value encode_mapped(const Values& values) {
  Value::Array encoded;
  for (const auto& [key, value] : values) encoded.push_back(encode(value));
  return encoded;
}

Result<IntentReport> decode_intent_report(const Value& item, const std::string& path) {
  constexpr std::array states{
      IntentState::pending,  IntentState::delivered,  IntentState::applied, IntentState::verified,
      IntentState::degraded, IntentState::superseded, IntentState::expired};
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
  const auto known = std::ranges::find(states, state, [](IntentState s) { return name(s); });
  if (known == states.end()) return invalid(reader.path_of("state"), "must be a known state");
  report.state = *known;
  return report;
}

}  // namespace

Value encode_set(const SetMessage& message) {
  return Value::Object{{"protocol", node_link_protocol},
                       {"generation", message.set.generation},
                       {"now", message.now.time_since_epoch().count()},
                       {"digest", message.digest.hex()},
                       {"strategies", encode_mapped(message.set.strategies)},
                       {"pods", encode_mapped(message.set.pods)}};
}

Result<SetMessage> decode_set(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  TRY(check_protocol(reader));
  SetMessage message;
  NodeDifference all;  // a set is the difference from nothing
  TRY(read_generation(reader, "generation", all.generation));
  message.now = TRY(read_now(reader));
  message.digest = TRY(read_digest(reader));
  all.strategies = TRY(read_strategies(reader));
  all.pods = TRY(read_pods(reader));
  if (all.generation == 0) return invalid("generation", "must be 1 or more");
  message.set = TRY(apply(NodeSet{}, all));
  return message;
}

Value encode_difference(const DifferenceMessage& message) {
  Value::Array gone;
  for (const PodUid& uid : message.difference.gone_pods) gone.emplace_back(uid.str());
  return Value::Object{{"protocol", node_link_protocol},
                       {"from", message.difference.from},
                       {"generation", message.difference.generation},
                       {"now", message.now.time_since_epoch().count()},
                       {"digest", message.digest.hex()},
                       {"strategies", encode_all(message.difference.strategies)},
                       {"pods", encode_all(message.difference.pods)},
                       {"gonePods", std::move(gone)}};
}

Result<DifferenceMessage> decode_difference(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  TRY(check_protocol(reader));
  DifferenceMessage message;
  std::vector<std::string> gone;
  TRY(read_generation(reader, "from", message.difference.from));
  TRY(read_generation(reader, "generation", message.difference.generation));
  message.now = TRY(read_now(reader));
  message.digest = TRY(read_digest(reader));
  message.difference.strategies = TRY(read_strategies(reader));
  message.difference.pods = TRY(read_pods(reader));
  TRY(reader.read("gonePods", gone));
  for (std::string& uid : gone) message.difference.gone_pods.emplace_back(std::move(uid));
  if (message.difference.generation <= message.difference.from) {
    return invalid("generation", "must be later than from");
  }
  return message;
}

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
                       {"enforcer", encode(message.report.enforcer)},
                       {"intents", encode_all(message.report.intents)},
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
