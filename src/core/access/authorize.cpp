// SPDX-License-Identifier: Apache-2.0
#include "core/access/authorize.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace gthulhu {

Result<Scope> authorize(const User& user, std::span<const Role> roles, Permission wanted) {
  std::vector<RolePolicy> policies;
  for (const Role& role : roles) {
    if (std::ranges::find(user.roles, role.name) == user.roles.end()) continue;
    std::ranges::copy_if(
        role.policies, std::back_inserter(policies),
        [&](const RolePolicy& policy) { return policy.permission_key == key(wanted); });
  }
  if (policies.empty()) return Error{Errc::forbidden, "permission denied", ""};
  return Scope(user.id, std::move(policies));
}

}  // namespace gthulhu
