// SPDX-License-Identifier: Apache-2.0
#include "cli/cgroup_rule.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "cli/duration.h"

namespace gthulhu {

namespace {

Result<std::int64_t> parse_number(std::string_view text, std::string_view field) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size()) return value;
  return Error{Errc::invalid_argument,
               std::string(field) + ": '" + std::string(text) + "' is no priority", ""};
}

// Below the root, and by no other way than down: the root by another name would be everybody.
bool is_below_root(std::string_view path) {
  if (!path.starts_with('/')) return false;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view name = path.substr(0, path.find('/'));
    if (name.empty() || name == "." || name == "..") return false;
    path.remove_prefix(name.size());
  }
  return true;
}

}  // namespace

Result<CgroupRule> parse_cgroup_rule(std::string_view text, std::string_view field) {
  // A cgroup's name may have any of these characters.
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos) {
    return Error{Errc::invalid_argument,
                 std::string(field) + ": '" + std::string(text) +
                     "' is not CGROUP=PRIORITY or CGROUP=PRIORITY,SLICE",
                 ""};
  }
  CgroupRule rule;
  rule.path = text.substr(0, equals);
  while (rule.path.ends_with('/')) rule.path.pop_back();
  if (!is_below_root(rule.path)) {
    return Error{Errc::invalid_argument,
                 std::string(field) +
                     ": the cgroup must begin with /, be another than the root, and "
                     "have no . or .. in it, as in /proc/PID/cgroup",
                 ""};
  }
  const std::string_view wanted = text.substr(equals + 1);
  const std::size_t comma = std::min(wanted.find(','), wanted.size());
  const std::int64_t priority = TRY(parse_number(wanted.substr(0, comma), field));
  rule.priority = TRY(Priority::parse(priority, field));
  if (comma == wanted.size()) return rule;
  const auto length = TRY(parse_duration(wanted.substr(comma + 1), field));
  rule.slice = TRY(Slice::parse(length.count(), field));
  return rule;
}

}  // namespace gthulhu
