// SPDX-License-Identifier: Apache-2.0
#include "wire/strategy_fields.h"

#include <cstdlib>
#include <utility>

namespace gthulhu::wire {

namespace {

// Equality with an empty value is not simple: an empty value means existence there.
bool is_simple(const LabelRequirement& requirement) {
  if (requirement.op == LabelOperator::exists) return true;
  return requirement.op == LabelOperator::in && requirement.values.size() == 1 &&
         !requirement.values.front().empty();
}

// Which list each requirement goes into: the simple one takes no more than a request may have, so
// that what was written can be sent again.
std::vector<bool> goes_into_simple(const std::vector<LabelRequirement>& requirements) {
  std::vector<bool> simple;
  simple.reserve(requirements.size());
  std::size_t taken = 0;
  for (const LabelRequirement& requirement : requirements) {
    simple.push_back(taken < selectors_max && is_simple(requirement));
    if (simple.back()) ++taken;
  }
  return simple;
}

}  // namespace

std::string_view word_of(LabelOperator op) {
  switch (op) {
    case LabelOperator::in: return "In";
    case LabelOperator::not_in: return "NotIn";
    case LabelOperator::exists: return "Exists";
    case LabelOperator::does_not_exist: return "DoesNotExist";
  }
  std::abort();
}

std::optional<LabelOperator> label_operator(std::string_view word) {
  for (const LabelOperator op : {LabelOperator::in, LabelOperator::not_in, LabelOperator::exists,
                                 LabelOperator::does_not_exist}) {
    if (word_of(op) == word) return op;
  }
  return std::nullopt;
}

Value encode_simple_selector(const LabelSelector& selector) {
  Value::Array items;
  const std::vector<bool> simple = goes_into_simple(selector.requirements());
  for (std::size_t i = 0; i < simple.size(); ++i) {
    if (!simple[i]) continue;
    const LabelRequirement& requirement = selector.requirements()[i];
    Value::Object item{{"key", requirement.key}};
    if (!requirement.values.empty()) item.emplace_back("value", requirement.values.front());
    items.emplace_back(std::move(item));
  }
  return items;
}

Value encode_expressions(const LabelSelector& selector) {
  Value::Array items;
  const std::vector<bool> simple = goes_into_simple(selector.requirements());
  for (std::size_t i = 0; i < simple.size(); ++i) {
    if (simple[i]) continue;
    const LabelRequirement& requirement = selector.requirements()[i];
    items.emplace_back(Value::Object{{"key", requirement.key},
                                     {"operator", word_of(requirement.op)},
                                     {"values", encode_texts(requirement.values)}});
  }
  return items;
}

Value encode_texts(const std::vector<std::string>& texts) {
  return Value::Array(texts.begin(), texts.end());
}

std::int64_t expiry_ms(const Strategy& strategy) {
  return strategy.expires ? strategy.expires->time_since_epoch().count() : 0;
}

}  // namespace gthulhu::wire
