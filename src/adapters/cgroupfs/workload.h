// SPDX-License-Identifier: Apache-2.0
//
// Which cgroups are workloads: the rules of docs/local-workloads.md as a function over the
// directories of the hierarchy.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/cgroupfs/workload_labels.h"
#include "core/model/pod.h"

namespace gthulhu {

struct CgroupDirectory {
  std::uint64_t inode = 0;
  std::optional<GivenLabels> given;

  bool operator==(const CgroupDirectory&) const = default;
};

// '/' before every other byte: a directory's descendants follow right after it.
struct ParentFirst {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

// By path below the hierarchy's root, which is "" itself.
using CgroupDirectories = std::map<std::string, CgroupDirectory, ParentFirst>;

bool is_at_or_below(std::string_view path, std::string_view ancestor);

struct Workload {
  struct Directory {
    std::string path;
    std::string container_id;  // empty when the path names none
    std::uint64_t inode = 0;

    bool operator==(const Directory&) const = default;
  };

  Pod pod;
  std::vector<Directory> directories;  // all that its processes may be in, parents first

  bool operator==(const Workload&) const = default;
};

// Each directory belongs to at most one workload: the outermost one that claims it.
std::map<PodUid, Workload> workloads_of(const CgroupDirectories& directories, const NodeName& node);

}  // namespace gthulhu
