// SPDX-License-Identifier: Apache-2.0
//
// The weight of one cpu cgroup: cpu.weight 1…10000 (v2, Documentation/admin-guide/cgroup-v2.rst),
// cpu.shares 2…262144 (v1, kernel/sched/core.c MIN_SHARES, MAX_SHARES) and cpu.idle (both,
// since 5.15).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/cfs/journal_records.h"
#include "base/result.h"
#include "core/model/cgroup.h"

namespace gthulhu {

// What stands at a path.
struct SeenGroup {
  enum class What : std::uint8_t {
    group,       // a cpu cgroup with a weight
    no_weight,   // a cgroup without the cpu controller, or the root
    gone,        // nothing
    unreadable,  // this time
  };
  What what = What::gone;
  ino_t inode = 0;     // of a group
  GroupValues values;  // of a group
};

// Files of cgroupfs; tests make the n-th access fail. Errc::not_found when there is no such file.
class CgroupFiles {
 public:
  virtual ~CgroupFiles() = default;
  virtual Result<std::string> read(const std::string& path) = 0;
  virtual Result<> write(const std::string& path, std::string_view text) = 0;
  virtual Result<ino_t> inode(const std::string& path) = 0;
};

class KernelCgroupFiles : public CgroupFiles {
 public:
  Result<std::string> read(const std::string& path) override;
  Result<> write(const std::string& path, std::string_view text) override;
  Result<ino_t> inode(const std::string& path) override;
};

// `systemctl`, which owns the weights of its units: what is written past it, it undoes at the next
// reload.
class Systemctl {
 public:
  Systemctl(std::string program, std::chrono::milliseconds deadline)
      : program_(std::move(program)), deadline_(deadline) {}

  // The unit's own CPUWeight: "unset", a number or "idle".
  [[nodiscard]] Result<std::string> cpu_weight(const std::string& unit) const;
  // `value` as cpu_weight() gives it. Until the next boot (--runtime).
  [[nodiscard]] Result<> set_cpu_weight(const std::string& unit, std::string_view value) const;

 private:
  std::string program_;
  std::chrono::milliseconds deadline_;
};

// The unit that a cgroup path belongs to by its last component; empty for others.
std::string unit_of(std::string_view path);

// True for a cgroup whose weights the kubelet writes: below kubepods, kubepods.slice and the like,
// or with a pod's UID in its name.
bool is_kubelet_owned(std::string_view path);

// Reads and writes weights by path below the hierarchy's root. Threads: one at a time.
class CpuWeights {
 public:
  CpuWeights(CgroupFiles& files, CpuHierarchy hierarchy, Systemctl systemctl)
      : files_(files), hierarchy_(std::move(hierarchy)), systemctl_(std::move(systemctl)) {}

  [[nodiscard]] CgroupVersion version() const { return hierarchy_.version; }

  // Of a new cgroup, and of one that was idle until now.
  [[nodiscard]] GroupValues fresh() const;

  // The cpu controller is never enabled where it is off: that would regroup all neighbours.
  SeenGroup look(const std::string& path);
  // The whole hierarchy's tasks share one cpu cgroup, as far as this path goes.
  bool is_in_root_group(const std::string& path);
  // The task's cgroup is, or lies below, a cpu cgroup that no other workload shares. Slices are
  // shared.
  bool is_in_own_group(const std::string& path);

  // The record's `property` as it is before the first write.
  Result<std::string> property(const std::string& path);
  // The same after write(..., values, "").
  [[nodiscard]] std::string property_of(const std::string& path, const GroupValues& values) const;
  // `property` is what to tell systemd when these are the original values again; empty otherwise.
  Result<> write(const std::string& path,
                 const GroupValues& from,
                 const GroupValues& to,
                 std::string_view property);
  // What look() gives after write(): systemd's scale is coarser than cpu.shares.
  [[nodiscard]] GroupValues as_read(const std::string& path, const GroupValues& values) const;

 private:
  [[nodiscard]] std::string file(const std::string& path, std::string_view name) const;
  [[nodiscard]] std::string_view weight_name() const;
  [[nodiscard]] std::string unit(const std::string& path) const;
  // The nearest cgroup at or above `path` that has a weight; empty at the root.
  std::string nearest_group(std::string path);

  CgroupFiles& files_;
  CpuHierarchy hierarchy_;
  Systemctl systemctl_;
};

}  // namespace gthulhu
