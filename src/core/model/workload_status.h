// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gthulhu {

// How one kind of a cluster's objects is followed. Numbers are those since the start.
struct WatchedKind {
  std::string resource;      // "pods"
  bool is_complete = false;  // what is known is, or was once, all there is
  bool is_current = false;   // changes are heard of as they happen
  std::string trouble;       // why they are not; empty: nothing failed yet
  std::size_t objects = 0;
  std::uint64_t lists = 0;  // that were begun
  std::uint64_t watches = 0;
  std::uint64_t audits = 0;
  std::uint64_t events = 0;
  std::uint64_t repeated = 0;  // events that were no news
  std::uint64_t lost = 0;      // events that an audit found missing

  bool operator==(const WatchedKind&) const = default;
};

// How a workload source does.
struct WorkloadStatus {
  std::string detail;  // how it sees changes, or what keeps it from it
  std::vector<WatchedKind> kinds;
};

}  // namespace gthulhu
