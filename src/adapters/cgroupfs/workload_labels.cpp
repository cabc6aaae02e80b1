// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/workload_labels.h"

#include <sys/xattr.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/match/label_selector.h"
#include "wire/json.h"

namespace gthulhu {

namespace {

constexpr const char* labels_attribute = "trusted.gthulhu.labels";
constexpr const char* name_attribute = "trusted.gthulhu.name";

std::optional<std::string> attribute(const std::string& directory, const char* name) {
  std::string value(1024, '\0');
  for (;;) {
    const ssize_t size = ::getxattr(directory.c_str(), name, value.data(), value.size());
    if (size >= 0) {
      value.resize(static_cast<std::size_t>(size));
      return value;
    }
    // The kernel's bound of a value, XATTR_SIZE_MAX, is 64 KiB.
    if (errno != ERANGE || value.size() >= 65'536) return std::nullopt;
    value.resize(65'536);
  }
}

Result<> set_attribute(const std::string& directory, const char* name, const std::string& value) {
  if (::setxattr(directory.c_str(), name, value.data(), value.size(), 0) == 0) return {};
  const int number = errno;
  return Error{number == EPERM || number == EACCES ? Errc::forbidden : Errc::unavailable,
               "cannot set the attribute " + std::string(name) + " of " + directory,
               std::strerror(number)};
}

}  // namespace

std::string labels_to_json(const Labels& labels) {
  wire::Value::Object members;
  for (const auto& [key, value] : labels) members.emplace_back(key, value);
  return wire::to_text(members);
}

std::optional<Labels> labels_from_json(std::string_view text) {
  const Result<wire::Value> value = wire::parse_json(text);
  if (!value) return std::nullopt;
  const auto* members = value->as<wire::Value::Object>();
  if (members == nullptr) return std::nullopt;
  Labels labels;
  for (const auto& [key, member] : *members) {
    const auto* word = member.as<std::string>();
    if (word == nullptr) return std::nullopt;
    if (check_label_key(key, "") && check_label_value(*word, "")) labels[key] = *word;
  }
  return labels;
}

std::optional<GivenLabels> read_given_labels(const std::string& directory) {
  const std::optional<std::string> text = attribute(directory, labels_attribute);
  if (!text) return std::nullopt;
  std::optional<Labels> labels = labels_from_json(*text);
  if (!labels) return std::nullopt;
  GivenLabels given{std::move(*labels), attribute(directory, name_attribute).value_or("")};
  if (!check_label_value(given.name, "")) given.name.clear();
  return given;
}

Result<> write_given_labels(const std::string& directory, const GivenLabels& given) {
  if (!given.name.empty()) TRY(set_attribute(directory, name_attribute, given.name));
  return set_attribute(directory, labels_attribute, labels_to_json(given.labels));
}

}  // namespace gthulhu
