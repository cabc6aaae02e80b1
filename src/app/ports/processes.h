// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <vector>

#include "base/result.h"
#include "core/model/process.h"

namespace gthulhu {

// What runs on this node, by pod.
//
// Threads: all functions from the node loop only.
class Processes {
 public:
  virtual ~Processes() = default;

  // The processes of these pods; pods that are not on this node are left out. Reads the cgroups of
  // these pods only, never all of /proc, and is cheap when nothing changed: it is called every few
  // milliseconds.
  virtual Result<std::vector<PodProcesses>> of(const std::set<PodUid>& pods) = 0;

  // The processes of every pod.
  virtual Result<std::vector<PodProcesses>> all() = 0;
};

}  // namespace gthulhu
