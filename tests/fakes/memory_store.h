// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "app/ports/account_store.h"
#include "app/ports/key_store.h"
#include "app/ports/strategy_store.h"
#include "base/mutex.h"
#include "core/access/permission.h"

namespace gthulhu {

// All stores in memory, with what a first start finds: the role `admin` and nothing else. Runs
// through the same contract suites as the real ones (tests/contract). Threads: from anywhere.
class MemoryStore : public StrategyStore, public AccountStore, public KeyStore {
 public:
  MemoryStore() {
    Role admin{"000000000000000000000001",
               RoleName("admin"),
               "Administrator role with all permissions",
               {}};
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

  Result<> put(const Strategy& strategy) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    strategies_.insert_or_assign(strategy.id, strategy);
    unreadable_.erase(strategy.id);
    return {};
  }

  Result<> erase(const StrategyId& id) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    if (strategies_.erase(id) + unreadable_.erase(id) == 0) {
      return Error{Errc::not_found, "no such strategy", id.str()};
    }
    return {};
  }

  Result<std::optional<User>> user(const UserId& id) override {
    return user_where([&](const User& user) { return user.id == id; });
  }

  Result<std::optional<User>> user_named(const std::string& username) override {
    return user_where([&](const User& user) { return user.username == username; });
  }

  Result<> add(const User& user) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    if (users_.contains(user.id) || is_taken(user)) return taken(user);
    users_.emplace(user.id, user);
    return {};
  }

  Result<> replace(const User& user) override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    if (!users_.contains(user.id)) return Error{Errc::not_found, "no such user", user.id.str()};
    if (is_taken(user)) return taken(user);
    users_.at(user.id) = user;
    return {};
  }

  Result<std::vector<Role>> roles() override {
    const MutexLock lock(mutex_);
    if (failure_) return *failure_;
    return roles_;
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

 private:
  static Error taken(const User& user) {
    return Error{Errc::conflict, "a user with this name exists already", user.username};
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

  Mutex mutex_;
  std::optional<Error> failure_ GUARDED_BY(mutex_);
  std::map<StrategyId, Strategy> strategies_ GUARDED_BY(mutex_);
  std::map<StrategyId, std::string> unreadable_ GUARDED_BY(mutex_);
  std::map<UserId, User> users_ GUARDED_BY(mutex_);
  std::vector<Role> roles_ GUARDED_BY(mutex_);
  std::map<std::string, std::string> keys_ GUARDED_BY(mutex_);
};

}  // namespace gthulhu
