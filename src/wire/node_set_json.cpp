// SPDX-License-Identifier: Apache-2.0
//
// What a manager says on the node link: sets and differences.
#include <ranges>
#include <set>
#include <utility>

#include "base/text.h"
#include "wire/fields.h"
#include "wire/node_link_json.h"
#include "wire/timestamp.h"

namespace gthulhu::wire {

namespace {

constexpr Generation generation_max = 9'007'199'254'740'992;  // 2^53: every reader of JSON holds it
constexpr std::size_t text_max = 253;
constexpr std::size_t label_key_max = 317;
constexpr std::size_t items_max = 256;

Result<> read_time(ObjectReader& reader, std::string_view key, TimePoint& target) {
  std::int64_t milliseconds = 0;
  TRY(reader.read(key, milliseconds));
  if (milliseconds < 0 || milliseconds > time_ms_max) {
    return invalid_field(reader.path_of(key), "must be milliseconds since 1970");
  }
  target = TimePoint{std::chrono::milliseconds{milliseconds}};
  return {};
}

// The sender's clock, from which ends are counted.
Result<TimePoint> read_now(ObjectReader& reader) {
  TimePoint now;
  TRY(read_time(reader, "now", now));
  if (now == TimePoint{}) return invalid_field("now", "must be the sender's time");
  return now;
}

Result<> read_generation(ObjectReader& reader, std::string_view key, Generation& target) {
  TRY(read_natural(reader, key, target));
  if (target <= generation_max) return {};
  return invalid_field(reader.path_of(key), "must be at most " + std::to_string(generation_max));
}

Result<> check_length(const std::string& text, std::size_t most, const std::string& field) {
  if (count_characters(text) <= most) return {};
  return invalid_field(field, "must have at most " + std::to_string(most) + " characters");
}

Result<> check_count(std::size_t count, const std::string& field) {
  if (count <= items_max) return {};
  return invalid_field(field, "must have at most " + std::to_string(items_max) + " entries");
}

Result<> check_protocol(ObjectReader& reader) {
  std::int64_t protocol = 0;
  TRY(reader.read("protocol", protocol));
  if (protocol == node_link_protocol) return {};
  return invalid_field("protocol", "must be " + std::to_string(node_link_protocol) +
                                       ", the one that this node speaks, not " +
                                       std::to_string(protocol));
}

Value encode_node_strategy(const NodeStrategy& strategy) {
  return Value::Object{
      {"id", strategy.id.str()},
      {"commandRegex", strategy.command.text()},
      {"commandMatch", name(strategy.command.match())},
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
  std::int64_t priority = 0;
  std::int64_t slice = 0;
  std::int64_t rank = 0;
  TimePoint expires;
  TRY(reader.read("commandRegex", command));
  TRY(reader.read("priority", priority));
  TRY(reader.read("executionTime", slice));
  TRY(reader.read("rank", rank));
  TRY(reader.read("container", strategy.container));
  TRY(check_length(strategy.container, text_max, reader.path_of("container")));
  TRY(read_time(reader, "expiresAt", expires));
  TRY(reader.read("clamped", strategy.clamped));
  const CommandMatch match = TRY(read_command_match(reader));
  if (rank < -Strategy::rank_max || rank > Strategy::rank_max) {
    return invalid_field(reader.path_of("rank"), "must be between -1000000 and 1000000");
  }
  strategy.command =
      TRY(CommandPattern::parse(std::move(command), reader.path_of("commandRegex"), match));
  strategy.priority = TRY(Priority::parse(priority, reader.path_of("priority")));
  strategy.slice = TRY(Slice::parse(slice, reader.path_of("executionTime")));
  strategy.rank = static_cast<int>(rank);
  if (expires != TimePoint{}) strategy.expires = expires;
  return strategy;
}

Value encode_node_pod(const NodePod& pod) {
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
    if (container.name.empty()) return invalid_field(fields.path_of("name"), "must not be empty");
    // Processes in no known container have an empty one.
    if (container.id.empty()) return invalid_field(fields.path_of("id"), "must not be empty");
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
  if (ids.empty()) return invalid_field(reader.path_of("strategies"), "must not be empty");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::string field = reader.path_of("strategies") + "[" + std::to_string(i) + "]";
    TRY(check_object_id(ids[i], field));
    std::string id = to_lower(ids[i]);
    if (!seen.insert(id).second) return invalid_field(field, "must not be there twice");
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
  if (uid.empty()) return invalid_field(reader.path_of("uid"), "must not be empty");
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
    return invalid_field(path + ".id", "must not be there twice");
  }));
  return strategies;
}

Result<std::vector<NodePod>> read_pods(ObjectReader& reader) {
  std::vector<NodePod> pods;
  std::set<PodUid> seen;
  TRY(reader.read_each("pods", [&](const Value& item, const std::string& path) -> Result<> {
    pods.push_back(TRY(decode_node_pod(item, path)));
    if (seen.insert(pods.back().uid).second) return {};
    return invalid_field(path + ".uid", "must not be there twice");
  }));
  return pods;
}

}  // namespace

Value encode_set(const SetMessage& message) {
  return Value::Object{
      {"protocol", node_link_protocol},
      {"generation", message.set.generation},
      {"now", message.now.time_since_epoch().count()},
      {"digest", message.digest.hex()},
      {"strategies",
       encode_each(message.set.strategies | std::views::values, encode_node_strategy)},
      {"pods", encode_each(message.set.pods | std::views::values, encode_node_pod)}};
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
  if (all.generation == 0) return invalid_field("generation", "must be 1 or more");
  message.set = TRY(apply(NodeSet{}, all));
  return message;
}

Value encode_difference(const DifferenceMessage& message) {
  Value::Array gone;
  for (const PodUid& uid : message.difference.gone_pods) gone.emplace_back(uid.str());
  return Value::Object{
      {"protocol", node_link_protocol},
      {"from", message.difference.from},
      {"generation", message.difference.generation},
      {"now", message.now.time_since_epoch().count()},
      {"digest", message.digest.hex()},
      {"strategies", encode_each(message.difference.strategies, encode_node_strategy)},
      {"pods", encode_each(message.difference.pods, encode_node_pod)},
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
    return invalid_field("generation", "must be later than from");
  }
  return message;
}

}  // namespace gthulhu::wire
