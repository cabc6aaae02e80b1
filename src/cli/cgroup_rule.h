// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/model/priority.h"
#include "core/model/slice.h"

namespace gthulhu {

// What is to hold in a cgroup and those below it.
struct CgroupRule {
  std::string path;  // below the hierarchy's root, as in /proc/PID/cgroup: "/system.slice"
  Priority priority;
  Slice slice;  // 0: the scheduler's default

  bool operator==(const CgroupRule&) const = default;
};

// CGROUP=PRIORITY[,SLICE]: "/system.slice/nginx.service=10,2ms". Errc::invalid_argument; the
// message begins with `field`.
Result<CgroupRule> parse_cgroup_rule(std::string_view text, std::string_view field);

}  // namespace gthulhu
