// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "core/model/process.h"

namespace gthulhu {

// Of a directory in the hierarchy with the cpu controller: its inode number, which is the kernel's
// id of the cgroup (kernfs_ino in include/linux/kernfs.h, 64-bit machines).
enum class CgroupId : std::uint64_t {};

// Something that happened to a task, as the kernel tells it.
struct TaskEvent {
  enum class Kind : std::uint8_t {
    started,        // in `cgroup`, with the name of its parent
    executed,       // `task` is its process's only thread now
    renamed,        // to `comm`
    ended,          // only `task` and `process` are told, perhaps without its start
    moved,          // to `cgroup`
    process_moved,  // with all its threads
    noticed         // something; only `process` is told
  };

  Kind kind = Kind::noticed;
  TaskId task;
  pid_t process = 0;
  pid_t parent = 0;  // a process
  CgroupId cgroup{};
  std::string comm;
  MonotonicTime at;  // when it happened
};

}  // namespace gthulhu
