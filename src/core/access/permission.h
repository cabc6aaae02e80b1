// SPDX-License-Identifier: Apache-2.0
//
// The catalogue of permission keys, in the order in which the role `admin` holds them
// (contract 3.1, 3.3).
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace gthulhu {

enum class Permission : std::uint8_t {
  user_create,
  user_read,
  user_permission_update,
  user_password_reset,
  role_create,
  role_read,
  role_update,
  role_delete,
  permission_read,
  schedule_strategy_create,
  schedule_strategy_read,
  schedule_strategy_delete,
  schedule_intent_read,
  schedule_intent_delete,
  pod_pid_mapping_read,
  schedule_strategy_update,
  pod_scheduling_metrics_create,
  pod_scheduling_metrics_read,
  pod_scheduling_metrics_update,
  pod_scheduling_metrics_delete,
  scheduler_config_read,
  scheduler_config_update,
  node_scheduling_policy_create,
  node_scheduling_policy_read,
  node_scheduling_policy_update,
  node_scheduling_policy_delete,
  node_scheduling_intent_read,
  node_scheduling_intent_delete
};

// The key as stored and sent.
constexpr std::string_view key(Permission permission) {
  switch (permission) {
    case Permission::user_create: return "user.create";
    case Permission::user_read: return "user.read";
    case Permission::user_permission_update: return "user.permission.update";
    case Permission::user_password_reset: return "user.password.reset";
    case Permission::role_create: return "role.create";
    case Permission::role_read: return "role.read";
    case Permission::role_update: return "role.update";
    case Permission::role_delete: return "role.delete";
    case Permission::permission_read: return "permission.read";
    case Permission::schedule_strategy_create: return "schedule_strategy.create";
    case Permission::schedule_strategy_read: return "schedule_strategy.read";
    case Permission::schedule_strategy_delete: return "schedule_strategy.delete";
    case Permission::schedule_intent_read: return "schedule_intent.read";
    case Permission::schedule_intent_delete: return "schedule_intent.delete";
    case Permission::pod_pid_mapping_read: return "pod_pid_mapping.read";
    case Permission::schedule_strategy_update: return "schedule_strategy.update";
    case Permission::pod_scheduling_metrics_create: return "pod_scheduling_metrics.create";
    case Permission::pod_scheduling_metrics_read: return "pod_scheduling_metrics.read";
    case Permission::pod_scheduling_metrics_update: return "pod_scheduling_metrics.update";
    case Permission::pod_scheduling_metrics_delete: return "pod_scheduling_metrics.delete";
    case Permission::scheduler_config_read: return "scheduler_config.read";
    case Permission::scheduler_config_update: return "scheduler_config.update";
    case Permission::node_scheduling_policy_create: return "node_scheduling_policy.create";
    case Permission::node_scheduling_policy_read: return "node_scheduling_policy.read";
    case Permission::node_scheduling_policy_update: return "node_scheduling_policy.update";
    case Permission::node_scheduling_policy_delete: return "node_scheduling_policy.delete";
    case Permission::node_scheduling_intent_read: return "node_scheduling_intent.read";
    case Permission::node_scheduling_intent_delete: return "node_scheduling_intent.delete";
  }
  std::abort();
}

constexpr std::size_t permission_count =
    static_cast<std::size_t>(Permission::node_scheduling_intent_delete) + 1;

constexpr std::array<Permission, permission_count> all_permissions() {
  std::array<Permission, permission_count> all{};
  for (std::size_t i = 0; i < permission_count; ++i) all.at(i) = static_cast<Permission>(i);
  return all;
}

constexpr bool is_permission_key(std::string_view text) {
  for (const Permission permission : all_permissions()) {
    if (key(permission) == text) return true;
  }
  return false;
}

}  // namespace gthulhu
