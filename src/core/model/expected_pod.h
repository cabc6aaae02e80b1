// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/shared.h"
#include "core/model/pod.h"
#include "core/model/priority.h"
#include "core/model/slice.h"

namespace gthulhu {

// What processes are to obey whose first thread has this comm.
struct ExpectedName {
  std::string comm;
  Priority priority;
  Slice slice;

  bool operator==(const ExpectedName&) const = default;
};

// What is to hold in a pod whatever comes to run there: nothing of it need be there yet.
struct ExpectedPod {
  PodUid pod;
  Priority priority;  // of processes with none of the names
  Slice slice;
  std::vector<ExpectedName> names;  // sorted; those that differ from the above

  bool operator==(const ExpectedPod&) const = default;
};

// Sorted by pod, without those in which nothing is to hold.
using ExpectedPods = std::vector<Shared<ExpectedPod>>;

}  // namespace gthulhu
