// SPDX-License-Identifier: Apache-2.0
//
// What a run of scheduler_bench is told.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gthulhu::bench {

struct Settings {
  std::string arm = "stock";
  std::set<std::string> loads;
  std::optional<std::chrono::milliseconds> duration;  // of each part, in place of its own
  int cpus = 0;                                       // the first so many; 0: all
  int priority = 10;                                  // of the favoured pods of `wake`
  std::vector<std::string> beside{"one_pod", "pods", "storm", "all", "pods64"};
  std::vector<int> deltas{1, 3, 5, 8, 10};
  std::vector<std::chrono::microseconds> slices{std::chrono::microseconds(500),
                                                std::chrono::microseconds(2'000),
                                                std::chrono::microseconds(5'000)};
  std::vector<std::string> work{"fork", "pipe", "sock", "hackbench", "cpu"};
  // Beside the work of `throughput`: pods that wake now and then, with a limit and without.
  int limited_pods = 0;
  int waking_pods = 0;

  [[nodiscard]] int pods_beside() const { return limited_pods + waking_pods; }
  [[nodiscard]] bool has(const std::string& load) const { return loads.contains(load); }
  [[nodiscard]] std::chrono::milliseconds duration_or(std::chrono::milliseconds usual) const {
    return duration.value_or(usual);
  }
};

// Of the command line; ends the program with the usage when it makes no sense.
Settings settings_of(int count, char** arguments);

}  // namespace gthulhu::bench
