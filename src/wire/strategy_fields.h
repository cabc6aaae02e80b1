// SPDX-License-Identifier: Apache-2.0
//
// Fields of a strategy that requests and answers write alike; for wire/ only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/match/label_selector.h"
#include "core/model/strategy.h"
#include "wire/json.h"

namespace gthulhu::wire {

// The words of Kubernetes' matchExpressions: In, NotIn, Exists, DoesNotExist.
std::string_view word_of(LabelOperator op);
std::optional<LabelOperator> label_operator(std::string_view word);

// Entries of each of the two lists of requirements.
inline constexpr std::size_t selectors_max = 64;

// What the simple list can say (equality as key and value, existence as key alone), and what only
// expressions can.
Value encode_simple_selector(const LabelSelector& selector);
Value encode_expressions(const LabelSelector& selector);

Value encode_texts(const std::vector<std::string>& texts);
template <class Tag>
Value encode_names(const std::vector<Name<Tag>>& names) {
  Value::Array items;
  for (const Name<Tag>& name : names) items.emplace_back(name.str());
  return items;
}

// 0 for never.
std::int64_t expiry_ms(const Strategy& strategy);

}  // namespace gthulhu::wire
