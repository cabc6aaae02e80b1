// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/managed_groups.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "adapters/cfs/targets.h"
#include "core/model/reasons.h"

namespace gthulhu {

namespace {

std::string_view trouble_of(const Error& error, const std::string& property) {
  if (error.code == Errc::forbidden) return reasons::not_permitted;
  return property == "-" ? reasons::refused : reasons::systemd_refused;
}

using What = SeenGroup::What;

// Not the cgroup with this inode any more, or without a weight: nothing of ours is left there.
bool is_over(const SeenGroup& seen, ino_t inode) {
  if (seen.what == What::gone || seen.what == What::no_weight) return true;
  return seen.what == What::group && seen.inode != inode;
}

// What is read is of our making: what was held, what was written since and perhaps never read back,
// or what a group that leaves idle has before its weight is set again.
bool is_ours(const GroupValues& now,
             const GroupValues& held,
             const GroupValues& target,
             const GroupValues& after_idle) {
  const bool was_idle = held.idle || target.idle;
  return now == held || now == target || (was_idle && now == after_idle);
}

GroupRecord record_of(const std::string& path, const ManagedGroups::Group& group) {
  return {path, group.inode, group.base, group.held, group.target, group.property};
}

}  // namespace

void ManagedGroups::take_over(const std::map<std::string, GroupRecord>& records) {
  for (const auto& [path, record] : records) {
    const SeenGroup seen = weights_.look(path);
    if (is_over(seen, record.inode)) continue;
    Group group;
    group.inode = record.inode;
    group.base = record.base;
    group.held = group.target = seen.what == What::group ? seen.values : record.applied;
    group.property = record.property;
    // Its own: our write never happened. Another: somebody changed it since.
    const bool holds_ours = is_ours(group.held, record.previous, record.applied, weights_.fresh());
    if (holds_ours && group.held != group.base) groups_[path] = group;
  }
  unsettled_ = true;
}

std::vector<GroupRecord> ManagedGroups::plan(const Decisions& wanted) {
  unsettled_ = false;
  wanted_.clear();
  planned_.clear();
  troubles_.clear();
  for (const Shared<PodDecisions>& pod : wanted) {
    const std::optional<PodDecision>& whole = pod->whole;
    if (whole) plan_one(*whole);
  }
  std::vector<GroupRecord> records;
  for (const auto& [path, group] : planned_) records.push_back(record_of(path, group));
  return records;
}

void ManagedGroups::plan_one(const PodDecision& decision) {
  const std::string& path = decision.cgroup->path;
  // The weight of a neutral pod is left alone; one that was ours goes back.
  if (wanted_.contains(path) || decision.priority.is_neutral()) return;
  if (is_kubelet_owned(path) && !with_kubelet_weights_) {
    if (!weights_.is_in_root_group(path)) troubles_[path] = reasons::inside_pod_only;
    return;
  }
  const auto found = groups_.find(path);
  const bool is_known = found != groups_.end();
  if (is_known && found->second.priority == decision.priority &&
      found->second.held == found->second.target) {
    wanted_.insert(path);
    return;
  }
  const SeenGroup seen = weights_.look(path);
  if (seen.what == What::no_weight) return;  // no cpu cgroup of its own
  if (seen.what != What::group) {
    troubles_[path] = reasons::inside_pod_only;
    unsettled_ = true;
    // What cannot be read stays as it is for now; who is gone is forgotten.
    if (is_known && seen.what == What::unreadable) wanted_.insert(path);
    return;
  }
  wanted_.insert(path);

  Group next = is_known ? found->second : Group{};
  if (!is_known || next.inode != seen.inode) {
    next = Group{};
    next.inode = seen.inode;
    next.base = seen.values;
    Result<std::string> property = weights_.property(path);
    if (!property) {
      troubles_[path] = reasons::systemd_refused;
      unsettled_ = true;
      return;
    }
    next.property = *std::move(property);
  } else if (next.rebased || !is_ours(seen.values, next.held, next.target, weights_.fresh())) {
    if (!next.rebased) ++differences_;
    next.base = seen.values;
    next.property = original_property(path, next);
  }
  next.rebased = false;
  next.held = seen.values;
  plan_write(decision, std::move(next));
}

std::string ManagedGroups::original_property(const std::string& path, const Group& group) const {
  const Result<std::string> present = weights_.property(path);
  // Still ours: the file was written past systemd.
  const bool is_ours = present && *present == weights_.property_of(path, group.target);
  return present && !is_ours ? *present : group.property;
}

void ManagedGroups::plan_write(const PodDecision& decision, Group next) {
  const std::string& path = decision.cgroup->path;
  if (next.base.idle && !decision.priority.is_idle()) {
    // Somebody made it idle on purpose; a weight cannot be set then.
    troubles_[path] = reasons::idle_cgroup;
    next.target = next.base;
  } else {
    const GroupTarget target = group_target(next.base, decision.priority, weights_.version());
    next.target = weights_.as_read(path, target.values);
    next.clamped = target.clamped;
  }
  next.priority = decision.priority;
  planned_[path] = std::move(next);
}

void ManagedGroups::write() {
  for (auto& [path, group] : std::exchange(planned_, {})) {
    Group done = group;
    done.trouble = {};
    if (group.held != group.target) {
      const Result<> written = weights_.write(path, group.held, group.target, "");
      const SeenGroup back = weights_.look(path);
      const bool is_read = back.what == What::group;
      if (is_read) done.held = back.values;
      if (!written) {
        done.trouble = trouble_of(written.error(), group.property);
      } else if (!is_read || done.held != done.target) {
        done.trouble = reasons::refused;
      }
    }
    unsettled_ = unsettled_ || !done.trouble.empty();
    groups_[path] = std::move(done);
  }
}

std::vector<std::string> ManagedGroups::restore_leaving() {
  std::vector<std::string> gone;
  for (auto entry = groups_.begin(); entry != groups_.end();) {
    if (!wanted_.contains(entry->first) && restore_one(entry->first, entry->second)) {
      gone.push_back(entry->first);
      entry = groups_.erase(entry);
    } else {
      ++entry;
    }
  }
  return gone;
}

bool ManagedGroups::restore_one(const std::string& path, Group& group) {
  const SeenGroup now = weights_.look(path);
  if (is_over(now, group.inode)) return true;
  if (now.what == What::group) {
    if (now.values == group.base) return true;
    if (!is_ours(now.values, group.held, group.target, weights_.fresh())) return true;
    if (weights_.write(path, now.values, group.base, group.property)) return true;
    // The next try must know what is there now.
    if (const SeenGroup back = weights_.look(path); back.what == What::group) {
      group.held = back.values;
    }
  }
  group.trouble = group.property == "-" ? reasons::refused : reasons::systemd_refused;
  unsettled_ = true;
  return false;
}

bool ManagedGroups::audit() {
  bool differs = unsettled_;
  for (auto& [path, group] : groups_) {
    const SeenGroup now = weights_.look(path);
    if (is_over(now, group.inode)) {
      differs = true;
      group.inode = 0;  // the next pass reads it as new, or forgets it
      group.held = GroupValues{};
      continue;
    }
    if (now.what != What::group) {
      differs = true;
      continue;
    }
    if (now.values == group.held) continue;
    differs = true;
    if (!is_ours(now.values, group.held, group.target, weights_.fresh())) {
      ++differences_;
      group.base = now.values;
      group.rebased = true;
    }
    group.held = now.values;
  }
  return differs;
}

std::string_view ManagedGroups::trouble(const std::string& path) const {
  if (const auto found = troubles_.find(path); found != troubles_.end()) return found->second;
  const auto group = groups_.find(path);
  if (group == groups_.end()) return {};
  if (!group->second.trouble.empty()) return group->second.trouble;
  return group->second.clamped ? reasons::clamped : std::string_view();
}

std::vector<GroupRecord> ManagedGroups::records() const {
  std::vector<GroupRecord> result;
  for (const auto& [path, group] : groups_) {
    if (group.held != group.base || group.target != group.base) {
      result.push_back(record_of(path, group));
    }
  }
  return result;
}

std::size_t ManagedGroups::count() const {
  return static_cast<std::size_t>(std::count_if(groups_.begin(), groups_.end(), [](auto& entry) {
    return entry.second.held != entry.second.base;
  }));
}

}  // namespace gthulhu
