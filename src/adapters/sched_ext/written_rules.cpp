// SPDX-License-Identifier: Apache-2.0
//
// The enforcer as the writer of rules into the scheduler.
#include <sys/stat.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "adapters/sched_ext/sched_ext_enforcer.h"

namespace gthulhu {

std::optional<CgroupId> SchedExtEnforcer::id_of(const PodDecisions& pod) const {
  // A rule for the root would be one for everybody.
  if (pod.cgroup->path.empty()) return std::nullopt;
  struct stat found{};
  const std::string path = settings_.hierarchy.root + pod.cgroup->path;
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return CgroupId{found.st_ino};
}

PodRules SchedExtEnforcer::rules_for(const PodDecisions& pod) const {
  const auto expected = std::ranges::lower_bound(
      expected_, pod.pod(), {}, [](const Shared<ExpectedPod>& held) -> auto& { return held->pod; });
  const bool is_expected = expected != expected_.end() && (*expected)->pod == pod.pod();
  return rules_of(pod, id_of(pod), is_expected ? &**expected : nullptr);
}

void SchedExtEnforcer::forget_rules() {
  rules_.clear();
  expected_rules_.clear();
  refused_.clear();
  written_cgroups_.clear();
}

void SchedExtEnforcer::write_rules(SchedulerProgram& program) {
  const std::vector<Shared<PodRules>> before = rules_.last();
  const std::vector<Shared<PodRules>> expected_before = expected_rules_.last();
  std::vector<RuleChange> changes;
  const auto expect = [](const ExpectedPod& pod) { return rules_of(pod); };
  if (expected_rules_.update(expected_, expect)) {
    changes = rule_changes(expected_before, expected_rules_.last());
    rules_.clear();  // they are made of these too
  }
  if (rules_.update(wanted_, [this](const PodDecisions& pod) { return rules_for(pod); })) {
    const std::vector<RuleChange> others = rule_changes(before, rules_.last());
    changes.insert(changes.end(), others.begin(), others.end());
  }
  if (!changes.empty()) write(program, changes);
}

void SchedExtEnforcer::drop_others_rules() {
  std::set<RuleKey> own;
  for (const auto* const pods : {&rules_.last(), &expected_rules_.last()}) {
    for (const Shared<PodRules>& pod : *pods) {
      for (const auto& [key, rule] : pod->rules) own.insert(key);
    }
  }
  // What could not be removed is tried again with the next decisions.
  has_others_rules_ = !program_->keep_only(own);
  program_->publish();
}

void SchedExtEnforcer::write_rules_anew() {
  const std::vector<Shared<PodRules>> before = rules_.last();
  rules_.clear();
  rules_.update(wanted_, [this](const PodDecisions& pod) { return rules_for(pod); });
  write(*program_, rule_changes(before, rules_.last()));
}

void SchedExtEnforcer::write(SchedulerProgram& program, const std::vector<RuleChange>& changes) {
  bool is_any_taken = false;
  for (const RuleChange& change : changes) {
    const auto* const cgroup = std::get_if<CgroupId>(&change.key);
    const Result<> taken =
        std::visit([&](const auto& key) { return program.set(key, change.rule); }, change.key);
    if (!taken) {
      refused_.insert_or_assign(change.key, change.rule);
      outcomes_.clear();
      continue;
    }
    is_any_taken = true;
    if (refused_.erase(change.key) > 0) outcomes_.clear();
    if (cgroup == nullptr) continue;
    if (change.rule) {
      written_cgroups_.insert(*cgroup);
    } else {
      written_cgroups_.erase(*cgroup);
    }
  }
  if (!is_any_taken) return;
  program.publish();
  rules_written_ = clock_.monotonic();
}

void SchedExtEnforcer::try_refused_again() {
  std::vector<RuleChange> again;
  for (const auto& [key, rule] : refused_) again.push_back({key, rule});
  write(*program_, again);
}

bool SchedExtEnforcer::are_cgroups_others() const {
  const std::vector<Shared<PodRules>>& rules = rules_.last();
  for (std::size_t i = 0; i < wanted_.size() && i < rules.size(); ++i) {
    const std::optional<PodDecision>& whole = wanted_[i]->whole;
    const Rules& of_pod = rules[i]->rules;  // those for cgroups come first
    const auto* const ruled =
        of_pod.empty() ? nullptr : std::get_if<CgroupId>(&of_pod.begin()->first);
    const bool has_own = whole && SchedulerRule{whole->priority, whole->slice} != SchedulerRule();
    if (ruled == nullptr && !has_own) continue;
    if (id_of(*wanted_[i]) != (ruled ? std::optional(*ruled) : std::nullopt)) return true;
  }
  return false;
}

PodOutcomes SchedExtEnforcer::outcomes_of(const PodDecisions& pod) const {
  const std::optional<CgroupId> id = refused_.empty() ? std::nullopt : id_of(pod);
  return checks_.outcomes_of(pod, refused_, id && refused_.contains(*id));
}

}  // namespace gthulhu
