// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/sqlite_strategies.h"

#include <algorithm>
#include <limits>

#include "adapters/store_sqlite/text_list.h"
#include "wire/json.h"

namespace gthulhu {
namespace {

std::int64_t milliseconds(TimePoint time) {
  return time.time_since_epoch().count();
}
TimePoint time_of(std::int64_t milliseconds) {
  return TimePoint{std::chrono::milliseconds{milliseconds}};
}

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

Result<Strategy> read_strategy(const Query& row) {
  Strategy strategy;
  strategy.id = StrategyId(row.text(0));
  strategy.strategy_namespace = row.text(1);
  strategy.selector = TRY(read_selector(row.text(2)));
  strategy.namespaces = TRY(names_from_column<Namespace>(row.text(3), "namespaces"));
  strategy.cgroup_paths = TRY(from_column(row.text(4), "cgroup_paths"));
  strategy.command = TRY(CommandPattern::parse(row.text(5), "command_regex"));
  const std::int64_t priority = row.number(6);
  const std::int64_t slice = row.number(7);
  const std::int64_t rank = row.number(9);
  strategy.priority = Priority::clamp(priority);
  strategy.slice = Slice::clamp(slice);
  strategy.rank = static_cast<int>(std::clamp<std::int64_t>(rank, std::numeric_limits<int>::min(),
                                                            std::numeric_limits<int>::max()));
  strategy.clamped = row.number(8) != 0 || strategy.priority.value() != priority ||
                     strategy.slice.length().count() != slice || strategy.rank != rank;
  strategy.creator = UserId(row.text(10));
  strategy.updater = UserId(row.text(11));
  strategy.created = time_of(row.number(12));
  strategy.updated = time_of(row.number(13));
  return strategy;
}

}  // namespace

Result<StoredStrategies> SqliteStrategies::strategies() {
  const MutexLock lock(connection_.mutex);
  StoredStrategies stored;
  Query rows = TRY(connection_.database.query(
      "SELECT id, strategy_namespace, selector, namespaces, cgroup_paths, command_regex, priority, "
      "slice_ns, clamped, rank, creator, updater, created_ms, updated_ms "
      "FROM strategies ORDER BY created_ms, id"));
  while (TRY(rows.next())) {
    auto strategy = read_strategy(rows);
    if (strategy) {
      stored.strategies.push_back(std::move(*strategy));
    } else {
      stored.unreadable.push_back("strategy " + rows.text(0) + ": " + strategy.error().text());
    }
  }
  return stored;
}

Result<> SqliteStrategies::put(const Strategy& strategy, const AuditEntry& /*audit*/) {
  const MutexLock lock(connection_.mutex);
  Query upsert = TRY(connection_.database.query(
      "INSERT OR REPLACE INTO strategies (id, strategy_namespace, selector, namespaces, "
      "cgroup_paths, command_regex, priority, slice_ns, clamped, rank, creator, updater, "
      "created_ms, "
      "updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  return upsert.bind(strategy.id.str())
      .bind(strategy.strategy_namespace)
      .bind(selector_column(strategy.selector))
      .bind(names_to_column(strategy.namespaces))
      .bind(to_column(strategy.cgroup_paths))
      .bind(strategy.command.text())
      .bind(std::int64_t{strategy.priority.value()})
      .bind(strategy.slice.length().count())
      .bind(std::int64_t{strategy.clamped ? 1 : 0})
      .bind(std::int64_t{strategy.rank})
      .bind(strategy.creator.str())
      .bind(strategy.updater.str())
      .bind(milliseconds(strategy.created))
      .bind(milliseconds(strategy.updated))
      .done();
}

Result<> SqliteStrategies::erase(const StrategyId& id, const AuditEntry& /*audit*/) {
  const MutexLock lock(connection_.mutex);
  Query removal = TRY(connection_.database.query("DELETE FROM strategies WHERE id = ?"));
  TRY(removal.bind(id.str()).done());
  if (connection_.database.changed_rows() == 0) {
    return Error{Errc::not_found, "no such strategy", id.str()};
  }
  return {};
}

Result<std::vector<StrategyRevision>> SqliteStrategies::revisions(const StrategyId&) {
  return Error{Errc::unsupported, "not in the file yet", ""};
}

}  // namespace gthulhu
