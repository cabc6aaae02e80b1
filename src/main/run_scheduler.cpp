// SPDX-License-Identifier: Apache-2.0
#include "main/run_scheduler.h"

#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <utility>

#include "adapters/cgroupfs/hierarchy.h"
#include "adapters/system/signals.h"
#include "adapters/system/system_clock.h"
#include "app/agent/observe_enforcer.h"
#include "cli/cgroup_rule.h"
#include "main/own_scheduler.h"

namespace gthulhu {

namespace {

constexpr std::chrono::seconds between_looks{1};

// A pod for each cgroup: nothing else is known of it than its path.
Result<Decisions> wanted_by(const std::vector<std::string>& rules) {
  std::map<std::string, CgroupRule> of_cgroups;
  for (const std::string& text : rules) {
    CgroupRule rule = TRY(parse_cgroup_rule(text, "--rule"));
    of_cgroups.insert_or_assign(rule.path, std::move(rule));
  }
  Decisions wanted;
  for (const auto& [path, rule] : of_cgroups) {
    PodDecisions decisions;
    decisions.cgroup = PodCgroup{PodUid(path), path};
    decisions.whole = PodDecision{wanted.size(), decisions.cgroup, rule.priority, rule.slice};
    wanted.emplace_back(std::move(decisions));
  }
  return wanted;
}

// Says what it is doing whenever that is something else.
class Teller {
 public:
  void tell(const SchedulerStatus& status) {
    std::string line = std::string(name(status.state)) + ": " + status.reason;
    if (line == told_) return;
    told_ = std::move(line);
    std::cout << told_ << std::endl;
  }

 private:
  std::string told_;
};

}  // namespace

Result<> run_scheduler(const RunSchedulerOptions& options) {
  const Decisions wanted = TRY(wanted_by(options.rules));
  TRY(block_stop_signals());
  const SystemClock clock;
  SchedExtEnforcer::Settings settings;
  settings.hierarchy = TRY(find_cpu_hierarchy());
  settings.refuse_limited_nodes = options.refuse_limited_nodes;
  const std::unique_ptr<SchedExtEnforcer> enforcer = start_own_scheduler(
      std::move(settings), clock,
      std::make_unique<ObserveEnforcer>("nothing else is done without a decision maker"));
  Teller teller;
  for (;;) {
    TRY(enforcer->enforce(wanted));
    const SchedulerStatus status = enforcer->scheduler_status();
    if (status.state == SchedulerState::unusable) {
      return Error{Errc::unsupported, "the scheduler cannot be used here", status.reason};
    }
    teller.tell(status);
    if (wait_for_stop_signal(between_looks)) break;
    TRY(enforcer->audit());
  }
  TRY(enforcer->restore_all());
  return {};
}

}  // namespace gthulhu
