// SPDX-License-Identifier: Apache-2.0
#include "wire/strategy_json.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "wire/fields.h"
#include "wire/strategy_fields.h"
#include "wire/strategy_request.h"

namespace gthulhu::wire {

namespace {

Error invalid(std::string message) {
  return Error{Errc::invalid_argument, std::move(message), ""};
}

int legacy_state(IntentState state) {
  return state == IntentState::pending ? 1 : 2;
}

// The Go system writes null for no namespaces.
Value encode_go_list(const std::vector<Namespace>& names) {
  return names.empty() ? Value(nullptr) : encode_names(names);
}

}  // namespace

Value encode_strategy(const Strategy& strategy, std::size_t matched_pods) {
  return Value::Object{{"ID", strategy.id.str()},
                       {"StrategyNamespace", strategy.strategy_namespace},
                       {"LabelSelectors", encode_simple_selector(strategy.selector)},
                       {"K8sNamespace", encode_go_list(strategy.namespaces)},
                       {"CommandRegex", strategy.command.text()},
                       {"Priority", strategy.priority.value()},
                       {"ExecutionTime", strategy.slice.length().count()},
                       {"Rank", strategy.rank},
                       {"CgroupPaths", encode_texts(strategy.cgroup_paths)},
                       {"Name", strategy.name},
                       {"Description", strategy.description},
                       {"Enabled", strategy.enabled},
                       {"LabelExpressions", encode_expressions(strategy.selector)},
                       {"ExcludedNamespaces", encode_names(strategy.excluded_namespaces)},
                       {"Container", strategy.container},
                       {"ExpiresAt", expiry_ms(strategy)},
                       {"IncludeProtected", strategy.includes_protected},
                       {"ConfirmAll", strategy.confirms_all},
                       {"ExcludedPods", encode_names(strategy.excluded_pods)},
                       {"Revision", strategy.revision},
                       {"MatchedPods", std::uint64_t{matched_pods}},
                       {"CommandMatch", name(strategy.command.match())}};
}

Value encode_strategy_item(const StrategyItem& item) {
  const Strategy& strategy = *item.strategy;
  Value::Object intents;
  for (const auto& [state, count] : item.intents) {
    intents.emplace_back(std::string(name(state)), std::uint64_t{count});
  }
  return Value::Object{{"id", strategy.id.str()},
                       {"name", strategy.name},
                       {"revision", strategy.revision},
                       {"owner", strategy.creator.str()},
                       {"ownerName", item.owner_name},
                       {"enabled", strategy.enabled},
                       {"managedBy", "api"},
                       {"spec", encode_strategy_request(strategy)},
                       {"counts", Value::Object{{"matchedPods", std::uint64_t{item.matched_pods}},
                                                {"intents", std::move(intents)}}},
                       {"clamped", strategy.clamped},
                       {"expiresAt", expiry_ms(strategy)},
                       {"createdAt", strategy.created.time_since_epoch().count()},
                       {"updatedAt", strategy.updated.time_since_epoch().count()},
                       {"updatedBy", item.updater_name}};
}

Value encode_intent(const Intent& intent, const IntentReport& report) {
  Value labels = nullptr;
  if (!intent.pod_labels->empty()) labels = encode_labels(*intent.pod_labels);
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
                       {"Processes", std::uint64_t{report.processes}},
                       {"CommandMatch", name(intent.command.match())}};
}

Result<> check_object_id(std::string_view text, std::string_view field) {
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  if (text.size() == 24 && std::ranges::all_of(text, is_hex)) return {};
  return Error{Errc::invalid_argument,
               std::string(field) + " must be an id of 24 hexadecimal digits", "",
               std::string(field)};
}

Result<std::string> decode_strategy_id(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  std::string id;
  TRY(reader.read("strategyId", id));
  return id;
}

Result<StrategyId> parse_strategy_id(const std::string& text) {
  if (text.empty()) return invalid("Strategy ID is required");
  TRY(check_object_id(text, "strategyId"));
  return StrategyId(to_lower(text));
}

Result<std::vector<std::string>> decode_intent_ids(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  std::vector<std::string> texts;
  TRY(reader.read("intentIds", texts));
  return texts;
}

Result<std::vector<IntentId>> parse_intent_ids(const std::vector<std::string>& texts) {
  if (texts.empty()) return invalid("At least one intent ID is required");
  std::vector<IntentId> ids;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    TRY(check_object_id(texts[i], "intentIds[" + std::to_string(i) + "]"));
    ids.emplace_back(to_lower(texts[i]));
  }
  return ids;
}

}  // namespace gthulhu::wire
