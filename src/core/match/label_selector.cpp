// SPDX-License-Identifier: Apache-2.0
#include "core/match/label_selector.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"

namespace gthulhu {

namespace {

constexpr std::size_t longest_name = 63;  // also of values
constexpr std::size_t longest_prefix = 253;

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_alphanumeric(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

bool is_name(std::string_view text) {
  const auto legal = [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; };
  return !text.empty() && std::ranges::all_of(text, legal) && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back());
}

// One part of a DNS name between dots. RFC 1123 limits it to 63 octets, Kubernetes does not.
bool is_dns_part(std::string_view text) {
  const auto legal = [](char c) { return is_lower_or_digit(c) || c == '-'; };
  return !text.empty() && std::ranges::all_of(text, legal) && text.front() != '-' &&
         text.back() != '-';
}

Error invalid(std::string_view field, std::string_view why) {
  return Error{Errc::invalid_argument, std::string(field) + " " + std::string(why), "",
               std::string(field)};
}

Result<> check_key_prefix(std::string_view prefix, std::string_view field) {
  if (prefix.size() > longest_prefix) {
    return invalid(field, "must have at most 253 characters before the '/'");
  }
  if (!std::ranges::all_of(split(prefix, '.'), is_dns_part)) {
    return invalid(
        field,
        "must have a DNS name of lower-case letters, digits, '-' and '.' before the '/', "
        "not \"" +
            std::string(prefix) + "\"");
  }
  return {};
}

Result<> check_requirement(const LabelRequirement& requirement, const std::string& field) {
  TRY(check_label_key(requirement.key, field + ".key"));
  for (std::size_t i = 0; i < requirement.values.size(); ++i) {
    TRY(check_label_value(requirement.values[i], field + ".values[" + std::to_string(i) + "]"));
  }
  switch (requirement.op) {
    case LabelOperator::in:
    case LabelOperator::not_in:
      if (!requirement.values.empty()) return {};
      return invalid(field + ".values", "must not be empty for In and NotIn");
    case LabelOperator::exists:
    case LabelOperator::does_not_exist:
      if (requirement.values.empty()) return {};
      return invalid(field + ".values", "must be empty for Exists and DoesNotExist");
  }
  std::abort();
}

}  // namespace

Result<> check_label_key(std::string_view key, std::string_view field) {
  std::string_view name = key;
  if (const auto slash = key.find('/'); slash != std::string_view::npos) {
    TRY(check_key_prefix(key.substr(0, slash), field));
    name = key.substr(slash + 1);
  }
  if (name.empty()) return invalid(field, "must not be empty");
  if (name.size() > longest_name) return invalid(field, "must have at most 63 characters");
  if (!is_name(name)) {
    return invalid(
        field,
        "must be letters, digits, '-', '_' and '.', with a letter or digit at both ends, "
        "not \"" +
            std::string(name) + "\"");
  }
  return {};
}

Result<> check_label_value(std::string_view value, std::string_view field) {
  if (value.size() > longest_name) return invalid(field, "must have at most 63 characters");
  if (!value.empty() && !is_name(value)) {
    return invalid(field,
                   "must be empty or letters, digits, '-', '_' and '.', with a letter or digit at "
                   "both ends, not \"" +
                       std::string(value) + "\"");
  }
  return {};
}

bool LabelRequirement::holds_for(const Labels& labels) const {
  const auto label = labels.find(key);
  if (label == labels.end()) return holds_for_value(std::nullopt);
  return holds_for_value(label->second);
}

bool LabelRequirement::holds_for_value(std::optional<std::string_view> value) const {
  const auto is_listed = [&] { return value && std::ranges::find(values, *value) != values.end(); };
  switch (op) {
    case LabelOperator::in: return is_listed();
    case LabelOperator::not_in: return !is_listed();
    case LabelOperator::exists: return value.has_value();
    case LabelOperator::does_not_exist: return !value.has_value();
  }
  std::abort();
}

Result<LabelSelector> LabelSelector::parse(std::vector<LabelRequirement> requirements,
                                           std::string_view field) {
  for (std::size_t i = 0; i < requirements.size(); ++i) {
    LabelRequirement& requirement = requirements[i];
    TRY(check_requirement(requirement, std::string(field) + "[" + std::to_string(i) + "]"));
    std::ranges::sort(requirement.values);
    const auto doubles = std::ranges::unique(requirement.values);
    requirement.values.erase(doubles.begin(), doubles.end());
  }
  LabelSelector selector;
  selector.requirements_ = std::move(requirements);
  return selector;
}

bool LabelSelector::selects(const Labels& labels) const {
  return std::ranges::all_of(requirements_, [&](const LabelRequirement& requirement) {
    return requirement.holds_for(labels);
  });
}

LabelRequirement simple_requirement(std::string key, std::string value) {
  if (value.empty()) return {std::move(key), LabelOperator::exists, {}};
  std::vector<std::string> values;
  values.push_back(std::move(value));
  return {std::move(key), LabelOperator::in, std::move(values)};
}

}  // namespace gthulhu
