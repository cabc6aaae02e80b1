// SPDX-License-Identifier: Apache-2.0
//
// The lines of the journal of originals. Each is
//   <crc32 of the rest, 8 hex digits> <kind> <fields, separated by one blank>\n
// with the CRC of IEEE 802.3 (as zlib). Kinds and fields:
//   boot   <boot id>                        the first line of every journal
//   task   tid start process process-start since rof  policy nice slice (own)
//          policy nice slice (before this write)  policy nice slice (this write)  cgroup
//   group  inode weight idle (own)  weight idle (before)  weight idle (this write)  property cgroup
//   task-gone  tid start                    put back, ended, or changed by its program
//   group-gone cgroup
// A later record of the same task or group replaces the earlier. A cgroup's path comes last: it may
// hold blanks but no line end (cgroup_mkdir() in kernel/cgroup/cgroup.c refuses that).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/cfs/inheritance.h"
#include "core/model/process.h"

namespace gthulhu {

struct TaskRecord {
  TaskId id;
  Carrier carrier;
};

// What the cfs enforcer moves of one cpu cgroup.
struct GroupValues {
  std::uint64_t weight = 0;  // cpu.weight or cpu.shares; 0 while idle, when the kernel hides it
  bool idle = false;         // cpu.idle

  bool operator==(const GroupValues&) const = default;
};

struct GroupRecord {
  std::string path;  // below the hierarchy's root
  ino_t inode = 0;
  GroupValues base;
  GroupValues previous;
  GroupValues applied;
  // systemd's own CPUWeight before ours: "-" where systemd has no say, "unset", or its text.
  std::string property = "-";
};

// What one append adds.
struct JournalBatch {
  std::vector<TaskRecord> tasks;
  std::vector<GroupRecord> groups;
  std::vector<TaskId> gone_tasks;
  std::vector<std::string> gone_groups;

  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::size_t size() const;
};

// What a whole journal says, its records applied in order.
struct JournalContent {
  std::string boot_id;
  std::map<TaskId, TaskRecord> tasks;
  std::map<std::string, GroupRecord> groups;
  std::size_t lines = 0;
  // A last line that is not whole: the trace of a crash within an append, whose kernel writes never
  // happened.
  bool torn_tail = false;
  // Lines that are wrong although others follow.
  std::size_t damaged_lines = 0;
};

std::string encode_boot(std::string_view boot_id);
std::string encode(const JournalBatch& batch);
JournalContent decode_journal(std::string_view text);

}  // namespace gthulhu
