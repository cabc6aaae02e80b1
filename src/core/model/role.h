// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/model/account.h"

namespace gthulhu {

struct RolePolicy {
  std::string permission_key;
  bool self = false;  // only own objects
  std::string k8s_namespace;
  std::string policy_namespace;

  bool operator==(const RolePolicy&) const = default;
};

struct Role {
  std::string id;  // 24 lower-case hex digits
  RoleName name;
  std::string description;
  std::vector<RolePolicy> policies;

  bool operator==(const Role&) const = default;
};

}  // namespace gthulhu
