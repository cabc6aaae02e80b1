// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "app/ports/account_store.h"
#include "app/ports/audit_store.h"
#include "app/ports/key_store.h"
#include "app/ports/session_store.h"
#include "app/ports/store_health.h"
#include "app/ports/strategy_store.h"
#include "base/check.h"
#include "base/mutex.h"
#include "base/text.h"
#include "core/access/permission.h"

namespace gthulhu {

// All stores in memory, with what a first start finds: the role `admin` and nothing else. Runs
// through the same contract suites as the real ones (tests/contract). Threads: from anywhere.
class MemoryStore : public StrategyStore,
                    public AccountStore,
                    public SessionStore,
                    public AuditStore,
                    public KeyStore,
                    public StoreHealth {
 public:
  MemoryStore() {
    Role admin;
    admin.id = RoleId("000000000000000000000001");
    admin.name = RoleName("admin");
    admin.description = "Administrator role with all permissions";
    for (const Permission permission : all_permissions()) {
      admin.policies.push_back({std::string(gthulhu::key(permission)), false, "", ""});
    }
    roles_.push_back(std::move(admin));
  }

  // While set, every function answers with this.
  void fail_with(std::optional<Error> failure) {
    const MutexLock lock(mutex_);
    failure_ = std::move(failure);
  }

  // A row that no program of ours wrote: it is reported as unreadable until it is erased.
  void add_unreadable(const StrategyId& id, std::string problem) {
    const MutexLock lock(mutex_);
    unreadable_[id] = std::move(problem);
  }

  Result<StoredStrategies> strategies() override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    StoredStrategies stored;
    for (const auto& [id, strategy] : strategies_) stored.strategies.push_back(strategy);
    std::ranges::sort(stored.strategies, {}, [](const Strategy& strategy) {
      return std::tuple(strategy.created, strategy.id);
    });
    for (const auto& [id, problem] : unreadable_) stored.unreadable.push_back(problem);
    return stored;
  }

  Result<> put(const Strategy& strategy, const AuditEntry& audit) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    const auto& before = revisions_[strategy.id];
    const std::int64_t last = before.empty() ? 0 : before.back().revision;
    if (last + 1 != strategy.revision) {
      return Error{Errc::stale, "strategy was changed meanwhile", strategy.id.str()};
    }
    strategies_.insert_or_assign(strategy.id, strategy);
    revisions_[strategy.id].push_back(
        {strategy.revision, strategy.updated, strategy.updater, strategy, ""});
    unreadable_.erase(strategy.id);
    record(audit);
    return {};
  }

  Result<> erase(const StrategyId& id, const AuditEntry& audit) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    const auto known = strategies_.find(id);
    if (known != strategies_.end()) {
      revisions_[id].push_back(
          {known->second.revision + 1, audit.at, audit.user, std::nullopt, ""});
      strategies_.erase(known);
    } else if (unreadable_.erase(id) == 0) {
      return Error{Errc::not_found, "no such strategy", id.str()};
    }
    record(audit);
    return {};
  }

  Result<std::vector<StrategyRevision>> revisions(const StrategyId& id) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    const auto known = revisions_.find(id);
    return known == revisions_.end() ? std::vector<StrategyRevision>{} : known->second;
  }

  Result<std::vector<User>> users() override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    std::vector<User> users;
    for (const auto& [id, user] : users_) users.push_back(user);
    std::ranges::sort(users, {}, &User::username);
    return users;
  }

  Result<std::optional<User>> user(const UserId& id) override {
    return user_where([&](const User& user) { return user.id == id; });
  }

  Result<std::optional<User>> user_named(const std::string& username) override {
    return user_where([&](const User& user) { return user.username == username; });
  }

  Result<> add(const User& user, const AuditEntry& audit) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    if (users_.contains(user.id) || is_taken(user)) return taken(user);
    users_.emplace(user.id, user);
    record(audit);
    return {};
  }

  Result<> replace(const User& user, const AuditEntry& audit) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    const auto known = users_.find(user.id);
    if (known == users_.end()) return Error{Errc::not_found, "no such user", user.id.str()};
    if (known->second.revision + 1 != user.revision) {
      return Error{Errc::stale, "user was changed meanwhile", user.id.str()};
    }
    if (is_taken(user)) return taken(user);
    known->second = user;
    record(audit);
    return {};
  }

  Result<std::vector<Role>> roles() override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    return roles_;
  }

  Result<> add_role(const Role& role, const AuditEntry& audit) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    if (is_taken(role)) return taken(role);
    roles_.push_back(role);
    record(audit);
    return {};
  }

  Result<> replace_role(const Role& role, const AuditEntry& audit) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    const auto known = std::ranges::find(roles_, role.id, &Role::id);
    if (known == roles_.end()) return Error{Errc::not_found, "role not found", role.id.str()};
    if (known->revision + 1 != role.revision) {
      return Error{Errc::stale, "role was changed meanwhile", role.id.str()};
    }
    if (is_taken(role)) return taken(role);
    for (auto& [id, user] : users_) {
      if (std::ranges::find(user.roles, known->name) == user.roles.end()) continue;
      if (known->name == role.name) continue;
      std::ranges::replace(user.roles, known->name, role.name);
      ++user.revision;
    }
    *known = role;
    record(audit);
    return {};
  }

  Result<> erase_role(const RoleId& id, const AuditEntry& audit) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    const auto known = std::ranges::find(roles_, id, &Role::id);
    if (known == roles_.end()) return Error{Errc::not_found, "role not found", id.str()};
    std::set<std::string> holders;
    for (const auto& [user_id, user] : users_) {
      if (std::ranges::find(user.roles, known->name) == user.roles.end()) continue;
      holders.insert(user.username);
    }
    if (!holders.empty()) {
      const std::vector<std::string> names(holders.begin(), holders.end());
      return Error{Errc::conflict, "role is in use by: " + join(names, ", "), id.str()};
    }
    roles_.erase(known);
    record(audit);
    return {};
  }

  Result<std::optional<RefreshSession>> session(const SessionId& id) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return std::optional<RefreshSession>{};
    return std::optional(found->second);
  }

  Result<> begin_family(const RefreshSession& session, std::size_t families_max) override {
    CHECK(families_max >= 1);
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    std::erase_if(sessions_,
                  [&](const auto& entry) { return entry.second.expires <= session.created; });
    sessions_.insert_or_assign(session.id, session);
    // The newest session of each family of the user, oldest first.
    std::map<FamilyId, TimePoint> newest;
    for (const auto& [id, known] : sessions_) {
      if (known.user != session.user || known.family == session.family) continue;
      TimePoint& time = newest[known.family];
      time = std::max(time, known.created);
    }
    std::vector<std::pair<TimePoint, FamilyId>> families;
    for (const auto& [family, time] : newest) families.emplace_back(time, family);
    std::ranges::sort(families);
    for (std::size_t i = 0; i + families_max < families.size() + 1; ++i) {
      std::erase_if(sessions_, [&](const auto& entry) {
        return entry.second.family == families[i].second && entry.second.user == session.user;
      });
    }
    return {};
  }

  Result<> replace_session(const SessionId& id, const RefreshSession& next) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    const auto known = sessions_.find(id);
    if (known == sessions_.end()) return Error{Errc::not_found, "no such session", id.str()};
    if (!known->second.replaced) known->second.replaced = next.created;
    sessions_.insert_or_assign(next.id, next);
    return {};
  }

  Result<> end_family(const FamilyId& family) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    std::erase_if(sessions_, [&](const auto& entry) { return entry.second.family == family; });
    return {};
  }

  Result<> end_sessions_of(const UserId& user) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    std::erase_if(sessions_, [&](const auto& entry) { return entry.second.user == user; });
    return {};
  }

  Result<> append(std::span<const AuditEntry> entries) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    for (const AuditEntry& entry : entries) record(entry);
    return {};
  }

  Result<AuditPage> entries(const AuditQuery& query) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    AuditPage page;
    for (auto entry = audit_.rbegin(); entry != audit_.rend(); ++entry) {
      if (!is_wanted(*entry, query)) continue;
      ++page.total;
      if (query.before_sequence && entry->sequence >= *query.before_sequence) continue;
      if (page.entries.size() < query.limit) page.entries.push_back(*entry);
    }
    return page;
  }

  Result<> forget(TimePoint before) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    std::erase_if(audit_, [&](const AuditEntry& entry) { return entry.at < before; });
    return {};
  }

  Result<> check() override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    return {};
  }

  Result<std::optional<std::string>> key(const std::string& name) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    const auto found = keys_.find(name);
    if (found == keys_.end()) return std::optional<std::string>{};
    return std::optional(found->second);
  }

  Result<> put_key(const std::string& name, const std::string& pem) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    keys_[name] = pem;
    return {};
  }

  Result<std::vector<VerificationKey>> verification_keys() override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    std::vector<VerificationKey> keys;
    for (const auto& [id, key] : verification_keys_) keys.push_back(key);
    return keys;
  }

  Result<> put_verification_key(const VerificationKey& key) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    verification_keys_.insert_or_assign(key.id, key);
    return {};
  }

  Result<> erase_verification_key(const std::string& id) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    verification_keys_.erase(id);
    return {};
  }

  Result<std::optional<PodKey>> pod_key(const PodUid& pod) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    const auto found = pod_keys_.find(pod);
    if (found == pod_keys_.end()) return std::optional<PodKey>{};
    return std::optional(found->second);
  }

  Result<> put_pod_key(const PodUid& pod, const PodKey& key) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    pod_keys_.insert_or_assign(pod, key);
    return {};
  }

  Result<> erase_pod_keys(TimePoint shown_before) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    std::erase_if(pod_keys_, [&](const auto& entry) { return entry.second.shown < shown_before; });
    return {};
  }

 private:
  static Error taken(const User& user) {
    return Error{Errc::conflict, "a user with this name exists already", user.username};
  }

  static Error taken(const Role& role) {
    return Error{Errc::conflict, "a role with this name exists already", role.name.str()};
  }

  static bool is_wanted(const AuditEntry& entry, const AuditQuery& query) {
    return (query.user.empty() || entry.username == query.user) &&
           (query.action.empty() || entry.action == query.action ||
            entry.action.starts_with(query.action + ".")) &&
           (query.object.empty() || entry.object == query.object) &&
           (!query.outcome || entry.outcome == *query.outcome) &&
           (!query.from || entry.at >= *query.from) && (!query.to || entry.at < *query.to);
  }

  void record(AuditEntry entry) REQUIRES(mutex_) {
    entry.sequence = ++last_sequence_;
    audit_.push_back(std::move(entry));
  }

  Result<std::optional<User>> user_where(const auto& wanted) {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    for (const auto& [id, user] : users_) {
      if (wanted(user)) return std::optional(user);
    }
    return std::optional<User>{};
  }

  bool is_taken(const User& user) const REQUIRES(mutex_) {
    return std::ranges::any_of(users_, [&](const auto& entry) {
      return entry.second.username == user.username && entry.first != user.id;
    });
  }

  bool is_taken(const Role& role) const REQUIRES(mutex_) {
    return std::ranges::any_of(
        roles_, [&](const Role& known) { return known.name == role.name && known.id != role.id; });
  }

  Mutex mutex_;
  std::optional<Error> failure_ GUARDED_BY(mutex_);
  std::map<StrategyId, Strategy> strategies_ GUARDED_BY(mutex_);
  std::map<StrategyId, std::string> unreadable_ GUARDED_BY(mutex_);
  std::map<UserId, User> users_ GUARDED_BY(mutex_);
  std::vector<Role> roles_ GUARDED_BY(mutex_);
  std::map<StrategyId, std::vector<StrategyRevision>> revisions_ GUARDED_BY(mutex_);
  std::map<SessionId, RefreshSession> sessions_ GUARDED_BY(mutex_);
  std::vector<AuditEntry> audit_ GUARDED_BY(mutex_);
  std::int64_t last_sequence_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::string> keys_ GUARDED_BY(mutex_);
  std::map<std::string, VerificationKey> verification_keys_ GUARDED_BY(mutex_);
  std::map<PodUid, PodKey> pod_keys_ GUARDED_BY(mutex_);
};

}  // namespace gthulhu
