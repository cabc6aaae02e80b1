// SPDX-License-Identifier: Apache-2.0
//
// What is due to whom, as bpf/scheduler_groups.h has it.
#pragma once

#include <vector>

#include "tests/scheduler/machine.h"

namespace gthulhu::scheduler {

class SimulatedShares {
 public:
  SimulatedShares(int cpus, const std::vector<GroupSpec>& groups);

  void enter(const TaskSpec& task, gthulhu_task& state);
  void leave(gthulhu_task& state);
  [[nodiscard]] std::uint64_t of_task(const TaskSpec& task, const gthulhu_task& state) const;

 private:
  void change_load(std::uint32_t number, std::uint64_t weight, bool is_more);
  [[nodiscard]] std::uint64_t of_group(std::uint32_t number) const;

  std::uint64_t whole_;
  std::vector<gthulhu_group> groups_;
};

}  // namespace gthulhu::scheduler
