// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/name.h"
#include "core/match/command_pattern.h"
#include "core/match/label_selector.h"
#include "core/model/account.h"
#include "core/model/pod.h"
#include "core/model/priority.h"
#include "core/model/slice.h"

namespace gthulhu {

using StrategyId = Name<struct StrategyIdTag>;  // 24 lower-case hex digits

// What a user declares: these pods, these of their commands, this strong.
struct Strategy {
  static constexpr int rank_max = 1'000'000;  // and its negative is the least

  StrategyId id;
  std::int64_t revision = 1;  // one more with every change
  std::string name;           // for people; need not be unique
  std::string description;
  bool enabled = true;                         // false: as if it were not there
  std::string strategy_namespace;              // the tenant's; no effect on what is selected
  LabelSelector selector;                      // empty: every label set
  std::vector<Namespace> namespaces;           // empty: all
  std::vector<Namespace> excluded_namespaces;  // wins over namespaces
  std::vector<std::string> cgroup_paths;       // globs over Pod::cgroup_path; empty: all
  std::string container;                       // processes in a container of this name; empty: all
  std::vector<PodUid> excluded_pods;           // whose intents were deleted (design D5)
  bool includes_protected = false;             // see PodSelection
  bool confirms_all = false;  // whoever wrote it knows that it may select every pod
  CommandPattern command;
  Priority priority;
  Slice slice;
  bool clamped = false;              // priority or slice was stored out of range by another program
  int rank = 0;                      // the higher wins before anything else does
  std::optional<TimePoint> expires;  // from then on as if it were not there
  UserId creator;
  UserId updater;
  TimePoint created;
  TimePoint updated;

  bool operator==(const Strategy&) const = default;
};

}  // namespace gthulhu
