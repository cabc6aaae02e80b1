// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/cfs/cpu_weight.h"
#include "adapters/cfs/journal_records.h"
#include "base/result.h"
#include "core/model/decision.h"

namespace gthulhu {

// The cpu cgroups whose weights the cfs enforcer multiplies; passes as in ManagedTasks. A weight
// that differs from the last write is somebody's new decision (the kubelet's, systemd's, an
// administrator's), becomes the new base and is multiplied again.
//
// Threads: one at a time. `weights` outlives this.
class ManagedGroups {
 public:
  struct Group {
    ino_t inode = 0;
    Priority priority;
    bool clamped = false;
    bool rebased = false;  // somebody wrote another value since our last write
    GroupValues base;
    GroupValues held;    // as last read
    GroupValues target;  // as asked for, in the form in which it is read
    std::string property = "-";
    std::string_view trouble;  // one of reasons.h; empty when all is well
  };

  ManagedGroups(CpuWeights& weights, bool with_kubelet_weights)
      : weights_(weights), with_kubelet_weights_(with_kubelet_weights) {}

  // Takes over what a journal says and what still holds.
  void take_over(const std::map<std::string, GroupRecord>& records);

  std::vector<GroupRecord> plan(const Decisions& wanted);
  // The cgroups that need no record any more.
  std::vector<std::string> restore_leaving();
  void write();
  void drop_plan() { planned_.clear(); }

  // Reads everything back. True when something differs, so that a pass is due.
  bool audit();

  // Why the weight of this pod does not do what was decided; empty when it does, or when the pod
  // has no cpu cgroup of its own, so that nice acts.
  [[nodiscard]] std::string_view trouble(const std::string& path) const;

  [[nodiscard]] std::vector<GroupRecord> records() const;
  [[nodiscard]] bool is_unsettled() const { return unsettled_; }
  [[nodiscard]] bool has_plan() const { return !planned_.empty(); }
  [[nodiscard]] std::size_t differences() const { return differences_; }
  [[nodiscard]] std::size_t count() const;

 private:
  void plan_one(const PodDecision& decision);
  // The property that counts as the original after somebody changed the value.
  [[nodiscard]] std::string original_property(const std::string& path, const Group& group) const;
  void plan_write(const PodDecision& decision, Group next);
  bool restore_one(const std::string& path, Group& group);

  CpuWeights& weights_;
  const bool with_kubelet_weights_;
  std::map<std::string, Group> groups_;               // with values of ours
  std::map<std::string, std::string_view> troubles_;  // of pods whose weight is not ours to write
  std::set<std::string> wanted_;
  std::map<std::string, Group> planned_;
  std::size_t differences_ = 0;
  bool unsettled_ = false;
};

}  // namespace gthulhu
