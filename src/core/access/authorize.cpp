// SPDX-License-Identifier: Apache-2.0
#include "core/access/authorize.h"

#include <algorithm>

namespace gthulhu {

Result<> authorize(const User& user, std::span<const Role> roles, Permission wanted) {
  for (const Role& role : roles) {
    if (std::ranges::find(user.roles, role.name) == user.roles.end()) continue;
    const auto grants = [&](const RolePolicy& policy) {
      return policy.permission_key == key(wanted);
    };
    if (std::ranges::any_of(role.policies, grants)) return {};
  }
  return Error{Errc::forbidden, "permission denied", ""};
}

}  // namespace gthulhu
