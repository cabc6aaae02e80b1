// SPDX-License-Identifier: Apache-2.0
#pragma once

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
  StrategyId id;
  std::string strategy_namespace;         // the tenant's; no effect on what is selected
  LabelSelector selector;                 // empty: every label set
  std::vector<Namespace> namespaces;      // empty: all
  std::vector<std::string> cgroup_paths;  // globs over Pod::cgroup_path; empty: all
  CommandPattern command;
  Priority priority;
  Slice slice;
  bool clamped = false;  // priority or slice was stored out of range by another program
  int rank = 0;          // the higher wins before anything else does
  UserId creator;
  UserId updater;
  TimePoint created;
  TimePoint updated;

  bool operator==(const Strategy&) const = default;
};

}  // namespace gthulhu
