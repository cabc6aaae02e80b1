// SPDX-License-Identifier: Apache-2.0
#include "core/match/task_text.h"

#include "base/text.h"

namespace gthulhu {

namespace {

// The number of the line "KEY : 12", blanks as they come; the key is longer than the name of a
// task, which stands in front and may hold anything.
bool take_number(std::string_view text, std::string_view key, std::uint64_t& number) {
  for (std::size_t at = 0; (at = text.find(key, at)) != std::string_view::npos; at += key.size()) {
    if (at > 0 && text[at - 1] != '\n') continue;
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    const std::string_view rest = trim(line.substr(key.size()));
    if (!rest.starts_with(':')) continue;
    const auto found = parse_number<std::uint64_t>(trim(rest.substr(1)));
    if (!found) return false;
    number = *found;
    return true;
  }
  return false;
}

}  // namespace

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
  // PF_EXITING, include/linux/sched.h.
  constexpr std::uint64_t exiting = 4;
  const bool is_dead = fields[0] == "Z" || fields[0] == "X" || fields[0] == "x";
  const std::uint64_t flags = parse_number<std::uint64_t>(fields[6]).value_or(0);
  return TaskStat{std::string(text.substr(open + 1, close - open - 1)), *parent, *start_ticks,
                  is_dead || (flags & exiting) != 0};
}

std::optional<pid_t> parse_tgid(std::string_view text) {
  constexpr std::string_view key = "\nTgid:";
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + key.size());
  return parse_number<pid_t>(trim(rest.substr(0, rest.find('\n'))));
}

std::vector<pid_t> parse_task_list(std::string_view text) {
  std::vector<pid_t> tasks;
  for (const std::string_view line : split(text, '\n')) {
    const auto task = parse_number<pid_t>(line);
    if (task && *task > 0) tasks.push_back(*task);
  }
  return tasks;
}

bool take_schedstat(std::string_view text, TaskUsage& usage) {
  const std::vector<std::string_view> fields = split(trim(text), ' ');
  if (fields.size() < 3) return false;
  const auto cpu = parse_number<std::uint64_t>(fields[0]);
  const auto wait = parse_number<std::uint64_t>(fields[1]);
  const auto runs = parse_number<std::uint64_t>(fields[2]);
  if (!cpu || !wait || !runs) return false;
  usage.cpu_ns = *cpu;
  usage.wait_ns = *wait;
  usage.runs = *runs;
  return true;
}

bool take_sched(std::string_view text, TaskUsage& usage) {
  const bool voluntary = take_number(text, "nr_voluntary_switches", usage.voluntary_switches);
  const bool involuntary = take_number(text, "nr_involuntary_switches", usage.involuntary_switches);
  const bool migrations = take_number(text, "se.nr_migrations", usage.migrations);
  return voluntary || involuntary || migrations;
}

bool take_status(std::string_view text, TaskUsage& usage) {
  const bool voluntary = take_number(text, "voluntary_ctxt_switches", usage.voluntary_switches);
  const bool involuntary =
      take_number(text, "nonvoluntary_ctxt_switches", usage.involuntary_switches);
  return voluntary || involuntary;
}

}  // namespace gthulhu
