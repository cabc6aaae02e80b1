// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/run_scope.h"

#include "adapters/cgroupfs/hierarchy.h"

namespace gthulhu {

std::vector<std::string> scope_command(const std::string& unit,
                                       const std::vector<std::string>& again) {
  // --collect: a scope whose command failed is not kept for inspection.
  std::vector<std::string> command{"systemd-run",  "--scope", "--quiet", "--collect", "-p",
                                   "Delegate=yes", "--unit",  unit,      "--"};
  command.insert(command.end(), again.begin(), again.end());
  return command;
}

Result<> label_own_scope(const CpuHierarchy& hierarchy,
                         const std::string& unit,
                         const GivenLabels& given,
                         const std::string& system_root) {
  const std::string path = TRY(own_cgroup(hierarchy, system_root));
  if (!path.ends_with("/" + unit)) {
    return Error{Errc::conflict,
                 "the scope " + unit + " has no cgroup of its own for the cpu controller",
                 "the process is in '" + path + "'"};
  }
  return write_given_labels(hierarchy.root + path, given);
}

}  // namespace gthulhu
