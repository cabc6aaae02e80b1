// SPDX-License-Identifier: Apache-2.0
#include "app/manager/account_directory.h"

#include <algorithm>
#include <utility>

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
  const View now = view();
  TRY(change(*now, store_));
  return reload();
}

Result<> AccountDirectory::reload() {
  auto next = std::make_shared<AccountView>();
  std::vector<User> users = TRY(store_.users());
  for (User& user : users) {
    next->names.emplace(user.username, user.id);
    next->users.emplace(user.id, std::move(user));
  }
  next->roles = TRY(store_.roles());
  const MutexLock lock(mutex_);
  view_ = std::move(next);
  return {};
}

}  // namespace gthulhu
