// SPDX-License-Identifier: Apache-2.0
//
// Kubernetes label selectors: which label sets they select, and what is a legal
// key or value (apimachinery pkg/labels/selector.go, pkg/util/validation; the
// API conventions' "Labels and Selectors").
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/model/pod.h"

namespace gthulhu {

enum class LabelOperator : std::uint8_t { in, not_in, exists, does_not_exist };

struct LabelRequirement {
  std::string key;
  LabelOperator op = LabelOperator::exists;
  std::vector<std::string> values;  // sorted, without doubles; empty for exists, does_not_exist

  // NotIn and DoesNotExist also hold when the key is absent, as in Kubernetes.
  [[nodiscard]] bool holds_for(const Labels& labels) const;
  // The same by the value of the label `key`; nothing: it is absent.
  [[nodiscard]] bool holds_for_value(std::optional<std::string_view> value) const;

  bool operator==(const LabelRequirement&) const = default;
};

// All requirements must hold; without any, every label set is selected.
class LabelSelector {
 public:
  LabelSelector() = default;

  // Errc::invalid_argument for an illegal key or value, In/NotIn without and Exists/DoesNotExist
  // with values; the message begins with `field`, as in "labelSelectors[2].key".
  static Result<LabelSelector> parse(std::vector<LabelRequirement> requirements,
                                     std::string_view field = "labelSelectors");

  [[nodiscard]] bool selects(const Labels& labels) const;
  // The same for labels in another form: `value_of(key)` is a label's value, or nothing.
  template <class ValueOf>
  [[nodiscard]] bool selects_by(const ValueOf& value_of) const {
    return std::ranges::all_of(requirements_, [&](const LabelRequirement& requirement) {
      return requirement.holds_for_value(value_of(requirement.key));
    });
  }
  [[nodiscard]] const std::vector<LabelRequirement>& requirements() const { return requirements_; }
  [[nodiscard]] bool empty() const { return requirements_.empty(); }

  bool operator==(const LabelSelector&) const = default;

 private:
  std::vector<LabelRequirement> requirements_;
};

// One item of the simple list on the wire: equality, or existence when `value` is empty.
LabelRequirement simple_requirement(std::string key, std::string value);

// Errc::invalid_argument with a message that begins with `field`.
Result<> check_label_key(std::string_view key, std::string_view field);
Result<> check_label_value(std::string_view value, std::string_view field);

}  // namespace gthulhu
