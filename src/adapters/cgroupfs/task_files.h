// SPDX-License-Identifier: Apache-2.0
//
// Tasks as /proc shows them. Formats: proc_pid_stat(5), proc_pid_status(5).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/owned.h"
#include "base/result.h"

namespace gthulhu {

struct TaskStat {
  std::string comm;
  pid_t parent = 0;               // field 4, of the process
  std::uint64_t start_ticks = 0;  // field 22

  bool operator==(const TaskStat&) const = default;
};

// A /proc/…/stat. comm may hold blanks, parentheses and line ends: it reaches to the last ')'.
std::optional<TaskStat> parse_stat(std::string_view text);

// Tgid of a /proc/…/status.
std::optional<pid_t> parse_tgid(std::string_view text);

// Reads the files of single tasks below a /proc. Nothing when the task has ended; Errc::unavailable
// when its files cannot be read, Errc::corrupt when they make no sense.
//
// Threads: one at a time.
class TaskFiles {
 public:
  static Result<TaskFiles> open(const std::string& proc_root);

  // Of any thread. Costs the same for a thread of a process with thousands as for a single one.
  Result<std::optional<TaskStat>> stat(pid_t tid);
  Result<std::optional<pid_t>> process_of(pid_t tid);
  Result<std::optional<std::string>> comm(pid_t tid);

 private:
  explicit TaskFiles(Fd proc) : proc_(std::move(proc)) {}

  Fd proc_;
  std::string buffer_;
};

}  // namespace gthulhu
