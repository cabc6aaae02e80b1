// SPDX-License-Identifier: Apache-2.0
//
// What is compared: ways to make the kernel favour a cgroup.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "core/model/priority.h"
#include "core/model/slice.h"

namespace gthulhu::bench {

class Arm {
 public:
  virtual ~Arm() = default;

  // Before the first load of a run; the destructor undoes it.
  virtual Result<> begin() { return {}; }

  // From now on: for the cgroup at this path (absolute, of a directory) and all that runs there by
  // now. The loads call it when every process of the pod has started.
  virtual Result<> favour(const std::string& cgroup, Priority priority, Slice slice) = 0;

  // A cgroup that was favoured is about to be removed.
  virtual Result<> forget(const std::string& /*cgroup*/) { return {}; }

  // After each part of a load. An error ends the run: the figures would be of another scheduler.
  virtual Result<> still_in_force() { return {}; }

  // False where favour() does nothing: loads are then run without rules only.
  [[nodiscard]] virtual bool obeys() const { return true; }
  // False where everything is as in the arm `stock` until favour() is called: loads are then run
  // with rules only.
  [[nodiscard]] virtual bool changes_scheduler() const { return false; }
};

// `stock`: the kernel as it is. `weighted`: only cpu.weight of the cgroup. `cfs`: nice and slice of
// each thread besides, as our enforcer of that name. Errc::not_found for other names.
Result<std::unique_ptr<Arm>> make_arm(const std::string& name);

}  // namespace gthulhu::bench
