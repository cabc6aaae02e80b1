// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "core/model/report.h"

namespace gthulhu {

// What a node's reports changed, numbered, so that a manager can ask for what is new to it
// (docs/api/node-link.md).
//
// Threads: one at a time.
class ReportLog {
 public:
  // Numbers go on from `begin`, which must be above every number of an earlier run.
  explicit ReportLog(std::uint64_t begin, std::size_t gone_max = 10'000)
      : sequence_(begin), floor_(begin), gone_max_(gone_max) {}

  // Takes the place of the report before. One that says the same is none.
  void add(const NodeReport& report);

  struct Changes {
    std::uint64_t sequence = 0;
    bool whole = false;      // `report` has all intents, and what was known before is void
    NodeReport report = {};  // its intents: those that changed
    std::vector<IntentId> gone = {};

    bool operator==(const Changes&) const = default;
  };
  // What changed after that number; everything when it is none of this log or too long ago.
  [[nodiscard]] Changes since(std::optional<std::uint64_t> after) const;

  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }

 private:
  struct Known {
    IntentReport report;
    std::uint64_t changed = 0;
  };
  struct Gone {
    std::uint64_t sequence = 0;
    IntentId intent;
  };

  std::uint64_t sequence_;
  std::uint64_t floor_;  // what went before is not remembered
  std::size_t gone_max_;
  NodeReport last_;  // without its intents
  std::map<IntentId, Known> intents_;
  std::deque<Gone> gone_;  // the oldest first
};

}  // namespace gthulhu
