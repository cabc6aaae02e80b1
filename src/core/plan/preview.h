// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/node.h"
#include "core/model/pod.h"
#include "core/model/priority.h"
#include "core/model/slice.h"
#include "core/model/strategy.h"

namespace gthulhu {

// By what of two strategies the stronger one is told (design D8).
enum class RankingRule : std::uint8_t { rank, specificity, age, id };

constexpr std::string_view name(RankingRule rule) {
  switch (rule) {
    case RankingRule::rank: return "rank";
    case RankingRule::specificity: return "specificity";
    case RankingRule::age: return "age";
    case RankingRule::id: return "id";
  }
  return "";
}

// What would come of a strategy if it were stored now. Nothing of it names or counts pods that the
// asker may not see.
struct Preview {
  static constexpr std::size_t sample_max = 20;
  static constexpr std::size_t conflicts_max = 100;

  // What a pod as a whole obeys: the strongest of its strategies. A command pattern may let
  // processes of it obey a weaker one.
  struct Wish {
    bool is_any = false;  // false: no strategy selects the pod
    Priority priority;
    Slice slice;

    bool operator==(const Wish&) const = default;
  };
  struct Sample {
    PodUid uid;
    std::string pod;
    Namespace name_space;
    NodeName node;
    Wish before;
    Wish after;
  };
  struct Conflict {
    StrategyId with;  // empty: one that the asker may not see
    std::string name;
    bool wins = false;  // the previewed one
    RankingRule rule = RankingRule::id;
    std::size_t pods = 0;
  };
  struct Warning {
    std::string code;   // for programs
    std::string field;  // of the strategy; empty: none
    std::string text;
  };

  std::size_t matched_pods = 0;
  std::size_t nodes = 0;
  std::size_t added = 0;    // pods that get an intent
  std::size_t removed = 0;  // that lose theirs
  std::size_t changed = 0;  // whose intent is another one then
  std::vector<Sample> sample;
  std::vector<Conflict> conflicts;  // with most pods first
  std::vector<Warning> warnings;
};

}  // namespace gthulhu
