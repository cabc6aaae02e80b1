// SPDX-License-Identifier: Apache-2.0
//
// Who may give what to whom: nobody can grant what he does not hold, change somebody who may do
// more than he, or leave the system without an administrator.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "core/model/account.h"
#include "core/model/role.h"

namespace gthulhu {

// What a role allows: policies with keys that no permission has, as databases of the Go system may
// have some, allow nothing and are left out.
std::vector<RolePolicy> policies_of(const Role& role);
// The same of all roles of the user.
std::vector<RolePolicy> policies_of(const User& user, std::span<const Role> roles);

// Whether the user holds everything that `wanted` allows.
bool holds(std::span<const RolePolicy> held, const RolePolicy& wanted);

// Errc::forbidden that names the first of `granted` that is not held.
Result<> check_grant(std::span<const RolePolicy> granted, std::span<const RolePolicy> held);

// Errc::forbidden when `target`, who holds `of_target`, holds something that the caller does not.
Result<> check_may_change(const User& target,
                          std::span<const RolePolicy> of_target,
                          std::span<const RolePolicy> held);

// The same for a role.
Result<> check_may_change(const Role& target, std::span<const RolePolicy> held);

// Whether somebody can log in who may change every user's roles and every role.
bool has_administrator(std::span<const User> users, std::span<const Role> roles);

// Errc::conflict when there was an administrator and now is none.
Result<> check_administrator_stays(std::span<const User> users_before,
                                   std::span<const Role> roles_before,
                                   std::span<const User> users_after,
                                   std::span<const Role> roles_after);

}  // namespace gthulhu
