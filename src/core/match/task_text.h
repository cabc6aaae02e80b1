// SPDX-License-Identifier: Apache-2.0
//
// What /proc says of a task, as text. Formats: proc_pid_stat(5), proc_pid_status(5).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gthulhu {

// Of a /proc/…/stat.
struct TaskStat {
  std::string comm;
  pid_t parent = 0;               // field 4, a process id
  std::uint64_t start_ticks = 0;  // field 22, clock ticks since boot

  bool operator==(const TaskStat&) const = default;
};

// comm may hold blanks, parentheses and line ends: it reaches to the last ')'. Nothing for what the
// kernel does not write.
std::optional<TaskStat> parse_stat(std::string_view text);

// The process of a thread, out of its /proc/…/status.
std::optional<pid_t> parse_tgid(std::string_view text);

}  // namespace gthulhu
