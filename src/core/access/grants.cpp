// SPDX-License-Identifier: Apache-2.0
#include "core/access/grants.h"

#include <algorithm>
#include <iterator>

#include "core/access/permission.h"
#include "core/access/scope.h"

namespace gthulhu {

namespace {

const RolePolicy* first_not_held(std::span<const RolePolicy> wanted,
                                 std::span<const RolePolicy> held) {
  const auto missing =
      std::ranges::find_if(wanted, [&](const RolePolicy& policy) { return !holds(held, policy); });
  return missing == wanted.end() ? nullptr : &*missing;
}

bool is_administrator(const User& user, std::span<const Role> roles) {
  if (user.status == UserStatus::inactive) return false;
  const std::vector<RolePolicy> held = policies_of(user, roles);
  return holds(held, {std::string(key(Permission::user_permission_update)), false, "", ""}) &&
         holds(held, {std::string(key(Permission::role_update)), false, "", ""});
}

}  // namespace

std::vector<RolePolicy> policies_of(const Role& role) {
  std::vector<RolePolicy> policies = role.policies;
  std::erase_if(policies,
                [](const RolePolicy& policy) { return !is_permission_key(policy.permission_key); });
  return policies;
}

std::vector<RolePolicy> policies_of(const User& user, std::span<const Role> roles) {
  std::vector<RolePolicy> policies;
  for (const Role& role : roles) {
    if (std::ranges::find(user.roles, role.name) == user.roles.end()) continue;
    std::ranges::move(policies_of(role), std::back_inserter(policies));
  }
  return policies;
}

// One policy must cover it alone: there are always more namespaces and owners than several limited
// ones can name.
bool holds(std::span<const RolePolicy> held, const RolePolicy& wanted) {
  return std::ranges::any_of(held,
                             [&](const RolePolicy& policy) { return is_within(wanted, policy); });
}

Result<> check_grant(std::span<const RolePolicy> granted, std::span<const RolePolicy> held) {
  const RolePolicy* missing = first_not_held(granted, held);
  if (missing == nullptr) return {};
  return Error{Errc::forbidden,
               "you cannot grant " + missing->permission_key + ": you do not hold it yourself", ""};
}

Result<> check_may_change(const User& target,
                          std::span<const RolePolicy> of_target,
                          std::span<const RolePolicy> held) {
  const RolePolicy* missing = first_not_held(of_target, held);
  if (missing == nullptr) return {};
  return Error{Errc::forbidden,
               "you cannot change " + target.username + ": he holds " + missing->permission_key +
                   ", which you do not",
               ""};
}

Result<> check_may_change(const Role& target, std::span<const RolePolicy> held) {
  const std::vector<RolePolicy> policies = policies_of(target);
  const RolePolicy* missing = first_not_held(policies, held);
  if (missing == nullptr) return {};
  return Error{Errc::forbidden,
               "you cannot change the role " + target.name.str() + ": it allows " +
                   missing->permission_key + ", which you do not hold",
               ""};
}

bool has_administrator(std::span<const User> users, std::span<const Role> roles) {
  return std::ranges::any_of(users,
                             [&](const User& user) { return is_administrator(user, roles); });
}

Result<> check_administrator_stays(std::span<const User> users_before,
                                   std::span<const Role> roles_before,
                                   std::span<const User> users_after,
                                   std::span<const Role> roles_after) {
  if (has_administrator(users_after, roles_after) ||
      !has_administrator(users_before, roles_before)) {
    return {};
  }
  return Error{Errc::conflict, "the last administrator cannot be removed", ""};
}

}  // namespace gthulhu
