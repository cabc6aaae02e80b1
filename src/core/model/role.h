// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/name.h"
#include "core/model/account.h"

namespace gthulhu {

using RoleId = Name<struct RoleIdTag>;  // 24 lower-case hex digits

struct RolePolicy {
  std::string permission_key;
  bool self = false;             // only own objects
  std::string k8s_namespace;     // of pods; empty: all
  std::string policy_namespace;  // of strategies (strategyNamespace); empty: all

  bool operator==(const RolePolicy&) const = default;
};

struct Role {
  RoleId id;
  RoleName name;
  std::string description;
  std::vector<RolePolicy> policies;
  std::int64_t revision = 1;  // one more with every change

  bool operator==(const Role&) const = default;
};

}  // namespace gthulhu
