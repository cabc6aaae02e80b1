// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/bpf/scheduler_place.h"
#include "adapters/bpf/scheduler_program.h"
#include "adapters/sched_ext/attached_quotas.h"
#include "adapters/sched_ext/probe.h"
#include "adapters/sched_ext/rule_checks.h"
#include "adapters/sched_ext/rules.h"
#include "adapters/sched_ext/scheduler_history.h"
#include "app/ports/enforcer.h"
#include "app/ports/node_scheduler.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/shared_memo.h"
#include "core/enforce/ejections.h"
#include "core/model/cgroup.h"

namespace gthulhu {

// Makes the kernel obey through a scheduler of our own (design D9), and through another enforcer
// whenever that one is not attached: because the kernel cannot, because somebody else's is
// attached, because a cgroup has a CPU limit, or because the kernel has thrown it out (design D12).
// The status is that of who does the work, and says why not the other.
//
// Threads: all functions from the node loop only.
class SchedExtEnforcer : public Enforcer, public NodeScheduler {
 public:
  struct Settings {
    CpuHierarchy hierarchy;
    KernelFiles kernel;
    std::string proc = "/proc";
    bool refuse_limited_nodes = false;  // not attached while a cgroup has a CPU limit
    // Without a sign of life of this program rules hold for so long, and the kernel's own scheduler
    // is back after so long (design D12).
    std::chrono::seconds orphan_after{std::chrono::minutes(10)};
    std::chrono::seconds leave_after{std::chrono::minutes(30)};
    bool keep_on_stop = false;   // an orderly end leaves the scheduler and its rules too
    std::string chosen_because;  // begins the status's reason
    std::size_t audit_threads_most = 500;
  };
  // The outside; tests bring their own.
  struct Parts {
    std::unique_ptr<SchedulerPlace> place;
    std::function<BootTime()> boot_time;
    std::unique_ptr<Enforcer> fallback;
    RuleChecks::ReadOwn read_own = read_own_scheduling;
  };

  // `clock` outlives this.
  SchedExtEnforcer(const Clock& clock, Settings settings, Parts parts);
  SchedExtEnforcer(const SchedExtEnforcer&) = delete;
  SchedExtEnforcer& operator=(const SchedExtEnforcer&) = delete;
  // Lets the scheduler go; the kernel's own takes over at once. Unless it is to be kept, and can
  // be.
  ~SchedExtEnforcer() override;

  // The first trial: a scheduler that an earlier process has left is taken over with its rules,
  // which hold until enforce() says what is wanted. One that cannot be loaded now is not tried
  // again.
  void start();

  [[nodiscard]] EnforcerStatus status() const override;
  void expect(const ExpectedPods& pods) override { expected_ = pods; }
  Result<Outcomes> enforce(const Decisions& wanted) override;
  Result<> audit() override;
  Result<> restore_all() override;
  [[nodiscard]] bool is_to_be_watched() const override;

  [[nodiscard]] NodeScheduler* scheduler() override { return this; }
  [[nodiscard]] SchedulerStatus scheduler_status() override;
  [[nodiscard]] std::vector<RuledThread> ruled_threads(std::size_t most) override;
  Result<> stop_scheduler() override;
  void reset_scheduler() override;

  [[nodiscard]] bool is_attached() const { return program_ != nullptr; }
  // What the scheduler counts of quotas, while one is attached. It may outlive this.
  [[nodiscard]] std::shared_ptr<const QuotaCounts> quota_counts() const { return quotas_; }

 private:
  // Why it is not attached.
  enum class Absence : std::uint8_t { unusable, waiting, ejected, stopped };

  void try_to_attach(MonotonicTime now, bool is_first);
  // False: this process has not the place where it would be, and must not touch what is there.
  bool claim_place();
  // What an earlier process has left: true, it is ours now.
  bool adopt();
  // Attached and, if that can be, pinned.
  Result<> attach(SchedulerProgram& program);
  void has_come(std::unique_ptr<SchedulerProgram> program);
  // This program is alive.
  void renew_lease(SchedulerProgram& program);
  void take_away();
  void could_not_attach(const Error& error, MonotonicTime now, bool is_first);
  [[nodiscard]] std::string limit_in_the_way() const;
  // What the kernel says of the one that is attached.
  std::optional<SchedulerEnd> look_for_end(MonotonicTime now);
  void ejected(const SchedulerEnd& end, MonotonicTime now);
  // The fallback is asked to do the work by who calls this.
  void let_go(Absence absence, std::string reason);
  void put_fallback_back();
  [[nodiscard]] SchedulerState scheduler_state() const;
  [[nodiscard]] SchedulerRuleCounts count_rules() const;

  // Brings rules_ to what is wanted and expected, and writes what is not there.
  void write_rules(SchedulerProgram& program);
  // In the scheduler there is none of them.
  void forget_rules();
  // The same where the ids of cgroups may be others.
  void write_rules_anew();
  // Of the process before this one, after what is wanted was written.
  void drop_others_rules();
  void write(SchedulerProgram& program, const std::vector<RuleChange>& changes);
  void try_refused_again();
  // A pod's cgroup came late or was made anew.
  [[nodiscard]] bool are_cgroups_others() const;
  [[nodiscard]] std::optional<CgroupId> id_of(const PodDecisions& pod) const;
  [[nodiscard]] PodRules rules_for(const PodDecisions& pod) const;
  [[nodiscard]] PodOutcomes outcomes_of(const PodDecisions& pod) const;

  const Clock& clock_;
  const Settings settings_;
  Parts parts_;

  std::unique_ptr<SchedulerProgram> program_;  // only while it is attached
  Absence absence_ = Absence::waiting;
  std::string absent_because_;
  Ejections ejections_;
  bool has_place_ = false;
  std::string unpinned_because_;   // the scheduler would not outlive this process
  bool has_others_rules_ = false;  // of the process before this one
  BootTime lease_ends_{};
  MonotonicTime next_slow_look_{};  // for limits, other schedulers, and cgroups made anew
  std::optional<MonotonicTime> missing_since_;  // the kernel shows none of ours
  std::string fallback_trouble_;                // what it wrote and could not put back

  Decisions wanted_;
  ExpectedPods expected_;
  SharedMemo<ExpectedPod, PodRules, &ExpectedPod::pod> expected_rules_;
  SharedMemo<PodDecisions, PodRules, &PodDecisions::pod> rules_;
  std::set<CgroupId> written_cgroups_;
  RefusedRules refused_;
  RuleChecks checks_;
  SchedulerHistory history_;
  const std::shared_ptr<AttachedQuotas> quotas_ = std::make_shared<AttachedQuotas>();
  std::optional<MonotonicTime> rules_written_;  // the last time
  SharedMemo<PodDecisions, PodOutcomes, &PodDecisions::pod> outcomes_;
};

}  // namespace gthulhu
