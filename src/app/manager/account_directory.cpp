// SPDX-License-Identifier: Apache-2.0
#include "app/manager/account_directory.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace gthulhu {

const User* AccountView::user(const UserId& id) const {
  const auto known = users.find(id);
  return known == users.end() ? nullptr : &known->second;
}

const User* AccountView::user_named(std::string_view name) const {
  const auto known = names.find(name);
  return known == names.end() ? nullptr : user(known->second);
}

const Role* AccountView::role(const RoleId& id) const {
  const auto known = std::ranges::find(roles, id, &Role::id);
  return known == roles.end() ? nullptr : &*known;
}

const Role* AccountView::role_named(const RoleName& name) const {
  const auto known = std::ranges::find(roles, name, &Role::name);
  return known == roles.end() ? nullptr : &*known;
}

std::vector<User> AccountView::all_users() const {
  std::vector<User> all;
  all.reserve(users.size());
  for (const auto& [name, id] : names) all.push_back(users.at(id));
  return all;
}

void AccountView::put(User user) {
  if (const User* before = this->user(user.id)) names.erase(before->username);
  names.insert_or_assign(user.username, user.id);
  users.insert_or_assign(user.id, std::move(user));
}

Result<> AccountDirectory::Writer::add(const User& user, const AuditEntry& audit) {
  TRY(store_.add(user, audit));
  view_.put(user);
  return {};
}

Result<> AccountDirectory::Writer::replace(const User& user, const AuditEntry& audit) {
  TRY(store_.replace(user, audit));
  view_.put(user);
  return {};
}

Result<> AccountDirectory::Writer::add_role(const Role& role, const AuditEntry& audit) {
  TRY(store_.add_role(role, audit));
  view_.roles.push_back(role);
  return {};
}

Result<> AccountDirectory::Writer::replace_role(const Role& role, const AuditEntry& audit) {
  TRY(store_.replace_role(role, audit));
  const auto known = std::ranges::find(view_.roles, role.id, &Role::id);
  CHECK(known != view_.roles.end());
  const RoleName before = known->name;
  *known = role;
  if (before == role.name) return {};
  for (auto& [id, user] : view_.users) {
    if (std::ranges::find(user.roles, before) == user.roles.end()) continue;
    std::ranges::replace(user.roles, before, role.name);
    ++user.revision;
  }
  return {};
}

Result<> AccountDirectory::Writer::erase_role(const RoleId& id, const AuditEntry& audit) {
  TRY(store_.erase_role(id, audit));
  std::erase_if(view_.roles, [&](const Role& role) { return role.id == id; });
  return {};
}

Result<> AccountDirectory::load() {
  const MutexLock lock(order_);
  return reload();
}

AccountDirectory::View AccountDirectory::view() const {
  const MutexLock lock(mutex_);
  return view_;
}

Result<> AccountDirectory::write(const Change& change) {
  const MutexLock lock(order_);
  Result<> done = try_write(change);
  if (done || done.error().code != Errc::stale) return done;
  // Somebody else wrote into the store.
  TRY(reload());
  return try_write(change);
}

// What was written is seen even if the change failed after it: it is in the store.
Result<> AccountDirectory::try_write(const Change& change) {
  const View now = view();
  auto next = std::make_shared<AccountView>(*now);
  Writer writer(store_, *next);
  Result<> done = change(*now, writer);
  publish(std::move(next));
  return done;
}

Result<> AccountDirectory::reload() {
  auto next = std::make_shared<AccountView>();
  std::vector<User> users = TRY(store_.users());
  for (User& user : users) next->put(std::move(user));
  next->roles = TRY(store_.roles());
  publish(std::move(next));
  return {};
}

void AccountDirectory::publish(View view) {
  const MutexLock lock(mutex_);
  view_ = std::move(view);
}

}  // namespace gthulhu
