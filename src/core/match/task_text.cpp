// SPDX-License-Identifier: Apache-2.0
#include "core/match/task_text.h"

#include <vector>

#include "base/text.h"

namespace gthulhu {

std::optional<TaskStat> parse_stat(std::string_view text) {
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  // After ") ": field 3 (state), 4 (ppid), …, 22 (starttime).
  const std::vector<std::string_view> fields = split(trim(text.substr(close + 1)), ' ');
  if (fields.size() < 20) return std::nullopt;
  const auto parent = parse_number<pid_t>(fields[1]);
  const auto start_ticks = parse_number<std::uint64_t>(fields[19]);
  if (!parent || !start_ticks) return std::nullopt;
  return TaskStat{std::string(text.substr(open + 1, close - open - 1)), *parent, *start_ticks};
}

std::optional<pid_t> parse_tgid(std::string_view text) {
  constexpr std::string_view key = "\nTgid:";
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + key.size());
  return parse_number<pid_t>(trim(rest.substr(0, rest.find('\n'))));
}

}  // namespace gthulhu
