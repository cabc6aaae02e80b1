// SPDX-License-Identifier: Apache-2.0
//
// What directories there are below a cgroup root, kept true with inotify (design F5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>

#include "adapters/cgroupfs/workload.h"
#include "base/owned.h"
#include "base/result.h"

namespace gthulhu {

// Invariant: while `trouble()` is empty, every directory in `directories()` is watched, and
// whatever changes after the last call is in the queue of `event_fd()`.
//
// Threads: one at a time.
class WatchedDirectories {
 public:
  // Watches at most `watches_most` directories, so that others find some left too.
  // Errc::unavailable when the root cannot be read.
  static Result<WatchedDirectories> open(
      std::string root, std::size_t watches_most = std::numeric_limits<std::size_t>::max());

  // Becomes readable with a change; -1 when inotify is not to be had.
  [[nodiscard]] int event_fd() const { return events_.get(); }

  // Takes in the changes that are queued. True when there was one that matters; Errc::unavailable
  // when the root has gone.
  Result<bool> read_events();

  // Looks at everything again. Finds what the events did not tell, and tries watches again that
  // could not be had.
  Result<bool> rescan();

  [[nodiscard]] const CgroupDirectories& directories() const { return directories_; }

  // Why changes come late, empty when they do not: then rescan() is the only way to see all of
  // them.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  WatchedDirectories(std::string root, std::size_t watches_most);

  Result<bool> outcome();
  void scan(const std::string& path);
  void watch(const std::string& path);
  void look_at(const std::string& path, std::uint64_t inode);
  void forget(const std::string& path);
  void unwatch(const std::string& path);
  void apply(int watch, std::uint32_t mask, const std::string& name);

  std::string root_;
  std::size_t watches_most_;
  Fd events_;
  CgroupDirectories directories_;
  std::unordered_map<int, std::string> path_of_watch_;
  std::unordered_map<std::string, int> watch_of_path_;
  std::unordered_map<std::string, std::uint64_t> seen_in_;  // number of the rescan
  std::uint64_t rescans_ = 0;
  bool changed_ = false;
  bool lost_events_ = false;
  std::string trouble_;
};

}  // namespace gthulhu
