// SPDX-License-Identifier: Apache-2.0
//
// The cgroups that `gthulhu run` makes where no systemd runs: /gthulhu/<id> at the root of the cpu
// hierarchy. docs/local-workloads.md says what a user sees of them.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "adapters/cgroupfs/workload_labels.h"
#include "base/owned.h"
#include "base/random.h"
#include "base/result.h"
#include "core/model/cgroup.h"

namespace gthulhu {

inline constexpr std::string_view runs_directory = "/gthulhu";

// A new id for a run: what can be read of `name`, and four bytes of chance. Legal in a path and in
// the name of a systemd unit.
std::string new_run_id(std::string_view name, Random& random);

// A new cgroup that carries labels, and that sweep_leftovers() leaves alone until it is settled.
//
// Threads: one at a time.
class LabelledCgroup {
 public:
  // On v2 the cpu controller is enabled for it where that changes nothing for others: in the root
  // unless another child of it has processes, and in /gthulhu. Where it is not, the cgroup is
  // made all the same: nice then acts across (design F2).
  // Errc::forbidden without the rights, Errc::conflict when `id` exists.
  static Result<LabelledCgroup> create(const CpuHierarchy& hierarchy,
                                       const std::string& id,
                                       const GivenLabels& given);

  // Below the hierarchy's root, and in the file system.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string directory() const { return root_ + path_; }

  // Its first process is in: from now on it is a leftover when it is empty.
  void settle() { lock_ = Fd(); }

  // Removes it, what its processes made below it, and an empty /gthulhu. False when there are still
  // processes in it. Success when it is gone already, also when another has its name by now.
  Result<bool> remove();

  // A process that is in it or below it, to wait for; nothing when none can be named.
  [[nodiscard]] std::optional<pid_t> some_process() const;

 private:
  LabelledCgroup(std::string root, std::string path, Fd lock)
      : root_(std::move(root)), path_(std::move(path)), lock_(std::move(lock)) {}

  std::string root_;
  std::string path_;
  ino_t inode_ = 0;
  Fd lock_;  // shared, of /gthulhu
};

// Removes the cgroups in /gthulhu that nobody is in and nobody has just made. Call at the start of
// a program that makes or watches them. A hierarchy without /gthulhu is a success.
Result<> sweep_leftovers(const CpuHierarchy& hierarchy);

}  // namespace gthulhu
