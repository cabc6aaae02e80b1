// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/strategy_rows.h"

#include <algorithm>
#include <limits>

#include "adapters/store_sqlite/text_list.h"
#include "wire/json.h"

namespace gthulhu {
namespace {

// The words of Kubernetes' matchExpressions.
constexpr std::string_view word_of(LabelOperator op) {
  switch (op) {
    case LabelOperator::in: return "In";
    case LabelOperator::not_in: return "NotIn";
    case LabelOperator::exists: return "Exists";
    case LabelOperator::does_not_exist: return "DoesNotExist";
  }
  std::abort();
}

Result<LabelOperator> operator_of(std::string_view word) {
  for (const LabelOperator op : {LabelOperator::in, LabelOperator::not_in, LabelOperator::exists,
                                 LabelOperator::does_not_exist}) {
    if (word_of(op) == word) return op;
  }
  return Error{Errc::corrupt, "selector has the unknown operator " + std::string(word), ""};
}

std::string selector_column(const LabelSelector& selector) {
  wire::Value::Array items;
  for (const LabelRequirement& requirement : selector.requirements()) {
    wire::Value::Array values;
    for (const std::string& value : requirement.values) values.emplace_back(value);
    items.emplace_back(wire::Value::Object{{"key", requirement.key},
                                           {"operator", word_of(requirement.op)},
                                           {"values", std::move(values)}});
  }
  return wire::to_text(items);
}

Result<LabelSelector> read_selector(std::string_view column) {
  const wire::Value value = TRY(wire::parse_json(column));
  const auto* items = value.as<wire::Value::Array>();
  if (items == nullptr) return Error{Errc::corrupt, "selector is no list", ""};
  std::vector<LabelRequirement> requirements;
  for (const wire::Value& item : *items) {
    auto reader = TRY(wire::ObjectReader::open(item, "selector"));
    LabelRequirement requirement;
    std::string word;
    TRY(reader.read("key", requirement.key));
    TRY(reader.read("operator", word));
    TRY(reader.read("values", requirement.values));
    requirement.op = TRY(operator_of(word));
    requirements.push_back(std::move(requirement));
  }
  return LabelSelector::parse(std::move(requirements), "selector");
}

}  // namespace

void bind_strategy(Query& query, const Strategy& strategy) {
  query.bind(strategy.id.str())
      .bind(strategy.strategy_namespace)
      .bind(selector_column(strategy.selector))
      .bind(names_to_column(strategy.namespaces))
      .bind(to_column(strategy.cgroup_paths))
      .bind(strategy.command.text())
      .bind(std::int64_t{strategy.priority.value()})
      .bind(std::int64_t{strategy.slice.length().count()})
      .bind(strategy.clamped)
      .bind(std::int64_t{strategy.rank})
      .bind(strategy.creator.str())
      .bind(strategy.updater.str())
      .bind(strategy.created)
      .bind(strategy.updated)
      .bind(strategy.name)
      .bind(strategy.description)
      .bind(strategy.enabled)
      .bind(names_to_column(strategy.excluded_namespaces))
      .bind(strategy.container)
      .bind(names_to_column(strategy.excluded_pods))
      .bind(strategy.includes_protected)
      .bind(strategy.confirms_all)
      .bind(strategy.expires)
      .bind(name(strategy.command.match()))
      .bind(strategy.revision);
}

Result<Strategy> read_strategy(const Query& row) {
  Strategy strategy;
  strategy.id = StrategyId(row.text(0));
  strategy.strategy_namespace = row.text(1);
  strategy.selector = TRY(read_selector(row.text(2)));
  strategy.namespaces = TRY(names_from_column<Namespace>(row.text(3), "namespaces"));
  strategy.cgroup_paths = TRY(from_column(row.text(4), "cgroup_paths"));
  const auto match = command_match_of(row.text(23));
  if (!match) return Error{Errc::corrupt, "command_match is unknown: " + row.text(23), ""};
  strategy.command = TRY(CommandPattern::parse(row.text(5), "command_regex", *match));
  const std::int64_t priority = row.number(6);
  const std::int64_t slice = row.number(7);
  const std::int64_t rank = row.number(9);
  strategy.priority = Priority::clamp(priority);
  strategy.slice = Slice::clamp(slice);
  strategy.rank = static_cast<int>(std::clamp<std::int64_t>(rank, std::numeric_limits<int>::min(),
                                                            std::numeric_limits<int>::max()));
  strategy.clamped = row.truth(8) || strategy.priority.value() != priority ||
                     strategy.slice.length().count() != slice || strategy.rank != rank;
  strategy.creator = UserId(row.text(10));
  strategy.updater = UserId(row.text(11));
  strategy.created = row.time(12);
  strategy.updated = row.time(13);
  strategy.name = row.text(14);
  strategy.description = row.text(15);
  strategy.enabled = row.truth(16);
  strategy.excluded_namespaces =
      TRY(names_from_column<Namespace>(row.text(17), "excluded_namespaces"));
  strategy.container = row.text(18);
  strategy.excluded_pods = TRY(names_from_column<PodUid>(row.text(19), "excluded_pods"));
  strategy.includes_protected = row.truth(20);
  strategy.confirms_all = row.truth(21);
  strategy.expires = row.optional_time(22);
  strategy.revision = row.number(strategy_column_count);
  return strategy;
}

}  // namespace gthulhu
