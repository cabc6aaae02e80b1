// SPDX-License-Identifier: Apache-2.0
#include "wire/strategy_json.h"

#include <algorithm>

#include "core/match/glob.h"

namespace gthulhu::wire {

namespace {

constexpr std::size_t selectors_max = 64;
constexpr std::size_t list_max = 256;

Error invalid(std::string message) {
  return Error{Errc::invalid_argument, std::move(message), ""};
}

Result<> check_count(std::size_t count, std::size_t most, const std::string& field) {
  if (count <= most) return {};
  return invalid(field + " must have at most " + std::to_string(most) + " entries");
}

// Only lower-case letters, digits and '-', as Kubernetes wants it (RFC 1123 label).
bool is_namespace_name(std::string_view text) {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && text.size() <= 63 && std::ranges::all_of(text, legal) &&
         text.front() != '-' && text.back() != '-';
}

Result<LabelSelector> read_selector(ObjectReader& reader, UnknownFields unknown) {
  std::vector<LabelRequirement> requirements;
  TRY(reader.read_each(
      "labelSelectors", [&](const Value& item, const std::string& path) -> Result<> {
        ObjectReader fields = TRY(ObjectReader::open(item, path));
        std::string key;
        std::string value;
        TRY(fields.read("key", key));
        TRY(fields.read("value", value));
        if (unknown == UnknownFields::refused) TRY(fields.refuse_unknown());
        TRY(check_label_key(key, fields.path_of("key")));
        if (!value.empty()) TRY(check_label_value(value, fields.path_of("value")));
        requirements.push_back(simple_requirement(std::move(key), std::move(value)));
        return {};
      }));
  TRY(check_count(requirements.size(), selectors_max, "labelSelectors"));
  return LabelSelector::parse(std::move(requirements));
}

// The one empty text of the Go clients means all namespaces.
Result<std::vector<Namespace>> read_namespaces(ObjectReader& reader) {
  std::vector<std::string> names;
  TRY(reader.read("k8sNamespace", names));
  TRY(check_count(names.size(), list_max, "k8sNamespace"));
  std::vector<Namespace> namespaces;
  if (names.size() == 1 && names.front().empty()) return namespaces;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!is_namespace_name(names[i])) {
      return invalid("k8sNamespace[" + std::to_string(i) +
                     "] must be a namespace's name (lower-case letters, digits and '-'), not \"" +
                     names[i] + "\"");
    }
    namespaces.emplace_back(std::move(names[i]));
  }
  return namespaces;
}

// Equality as key and value, existence as key alone.
Value encode_requirement(const LabelRequirement& requirement) {
  Value::Object item{{"key", requirement.key}};
  if (!requirement.values.empty()) item.emplace_back("value", requirement.values.front());
  return item;
}

Value encode_selector(const LabelSelector& selector) {
  Value::Array items;
  for (const LabelRequirement& requirement : selector.requirements()) {
    items.push_back(encode_requirement(requirement));
  }
  return items;
}

Value encode_namespaces(const std::vector<Namespace>& namespaces) {
  if (namespaces.empty()) return nullptr;
  Value::Array items;
  for (const Namespace& name : namespaces) items.emplace_back(name.str());
  return items;
}

Value encode_texts(const std::vector<std::string>& texts) {
  return Value::Array(texts.begin(), texts.end());
}

int legacy_state(IntentState state) {
  return state == IntentState::pending ? 1 : 2;
}

}  // namespace

Result<Strategy> decode_strategy(const Value& body, UnknownFields unknown) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  Strategy strategy;
  std::string command;
  std::int64_t priority = 0;
  std::int64_t slice = 0;
  std::int64_t rank = 0;
  TRY(reader.read("strategyNamespace", strategy.strategy_namespace));
  strategy.selector = TRY(read_selector(reader, unknown));
  strategy.namespaces = TRY(read_namespaces(reader));
  TRY(reader.read("commandRegex", command));
  TRY(reader.read("priority", priority));
  TRY(reader.read("executionTime", slice));
  TRY(reader.read("rank", rank));
  TRY(reader.read("cgroupPaths", strategy.cgroup_paths));
  if (unknown == UnknownFields::refused) TRY(reader.refuse_unknown());
  strategy.command = TRY(CommandPattern::parse(std::move(command)));
  strategy.priority = TRY(Priority::parse(priority));
  strategy.slice = TRY(Slice::parse(slice));
  if (rank < -1'000'000 || rank > 1'000'000) {
    return invalid("rank must be between -1000000 and 1000000, not " + std::to_string(rank));
  }
  strategy.rank = static_cast<int>(rank);
  TRY(check_count(strategy.cgroup_paths.size(), list_max, "cgroupPaths"));
  for (std::size_t i = 0; i < strategy.cgroup_paths.size(); ++i) {
    TRY(Glob::parse(strategy.cgroup_paths[i], "cgroupPaths[" + std::to_string(i) + "]"));
  }
  return strategy;
}

Value encode_strategy_request(const Strategy& strategy) {
  return Value::Object{{"strategyNamespace", strategy.strategy_namespace},
                       {"labelSelectors", encode_selector(strategy.selector)},
                       {"k8sNamespace", encode_namespaces(strategy.namespaces)},
                       {"commandRegex", strategy.command.text()},
                       {"priority", strategy.priority.value()},
                       {"executionTime", strategy.slice.length().count()},
                       {"rank", strategy.rank},
                       {"cgroupPaths", encode_texts(strategy.cgroup_paths)}};
}

Value encode_strategy(const Strategy& strategy) {
  return Value::Object{{"ID", strategy.id.str()},
                       {"StrategyNamespace", strategy.strategy_namespace},
                       {"LabelSelectors", encode_selector(strategy.selector)},
                       {"K8sNamespace", encode_namespaces(strategy.namespaces)},
                       {"CommandRegex", strategy.command.text()},
                       {"Priority", strategy.priority.value()},
                       {"ExecutionTime", strategy.slice.length().count()},
                       {"Rank", strategy.rank},
                       {"CgroupPaths", encode_texts(strategy.cgroup_paths)}};
}

Value encode_intent(const Intent& intent, const IntentReport& report) {
  Value labels = nullptr;
  if (!intent.pod_labels.empty()) {
    labels = Value::Object(intent.pod_labels.begin(), intent.pod_labels.end());
  }
  return Value::Object{{"ID", intent.id.str()},
                       {"StrategyID", intent.strategy.str()},
                       {"PodID", intent.pod.str()},
                       {"NodeID", intent.node.str()},
                       {"K8sNamespace", intent.name_space.str()},
                       {"CommandRegex", intent.command.text()},
                       {"Priority", intent.priority.value()},
                       {"ExecutionTime", intent.slice.length().count()},
                       {"PodLabels", std::move(labels)},
                       {"State", legacy_state(report.state)},
                       {"PodName", intent.pod_name},
                       {"Status", name(report.state)},
                       {"Reason", report.reason},
                       {"SupersededBy", report.superseded_by.str()},
                       {"Processes", std::uint64_t{report.processes}}};
}

Result<> check_object_id(std::string_view text, std::string_view field) {
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  if (text.size() == 24 && std::ranges::all_of(text, is_hex)) return {};
  return invalid(std::string(field) + " must be an id of 24 hexadecimal digits");
}

Result<StrategyId> decode_strategy_id(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  std::string id;
  TRY(reader.read("strategyId", id));
  if (id.empty()) return invalid("Strategy ID is required");
  TRY(check_object_id(id, "strategyId"));
  return StrategyId(std::move(id));
}

Result<std::vector<IntentId>> decode_intent_ids(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  std::vector<std::string> texts;
  TRY(reader.read("intentIds", texts));
  if (texts.empty()) return invalid("At least one intent ID is required");
  std::vector<IntentId> ids;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    TRY(check_object_id(texts[i], "intentIds[" + std::to_string(i) + "]"));
    ids.emplace_back(std::move(texts[i]));
  }
  return ids;
}

}  // namespace gthulhu::wire
