// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace gthulhu {

enum class CgroupVersion : std::uint8_t { v1, v2 };

// The cgroup hierarchy that holds the cpu controller: weights act there, and
// there processes are looked for. On hybrid hosts that is a v1 hierarchy.
struct CpuHierarchy {
  CgroupVersion version = CgroupVersion::v2;
  std::string root;           // absolute path of its mount, without a final '/'
  bool systemd = false;       // systemd runs and owns the hierarchy's values
  std::string shown_as = {};  // the root in /proc/PID/cgroup, where that is not its own root

  bool operator==(const CpuHierarchy&) const = default;
};

}  // namespace gthulhu
