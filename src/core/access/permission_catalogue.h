// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

#include "core/access/permission.h"

namespace gthulhu {

struct PermissionEntry {
  Permission permission;
  std::string_view description;
};

// What GET /permissions answers, in its order (contract 3.1).
inline constexpr std::array<PermissionEntry, permission_count> permission_catalogue{{
    {Permission::user_create, "Create a new user"},
    {Permission::user_password_reset, "Reset user password"},
    {Permission::user_permission_update, "Update user permissions"},
    {Permission::user_read, "Read user information"},
    {Permission::role_create, "Create roles"},
    {Permission::role_delete, "Delete roles"},
    {Permission::role_update, "Update roles"},
    {Permission::role_read, "Read roles"},
    {Permission::permission_read, "Read permissions"},
    {Permission::schedule_strategy_read, "Read schedule strategies"},
    {Permission::schedule_strategy_create, "Create schedule strategies"},
    {Permission::schedule_intent_read, "Read schedule intents"},
    {Permission::schedule_strategy_delete, "Delete schedule strategies"},
    {Permission::schedule_intent_delete, "Delete schedule intents"},
    {Permission::pod_pid_mapping_read, "Read pod-PID mappings from nodes"},
    {Permission::schedule_strategy_update, "Update schedule strategies"},
    {Permission::pod_scheduling_metrics_create, "Create pod scheduling metrics resources"},
    {Permission::pod_scheduling_metrics_read, "Read pod scheduling metrics resources"},
    {Permission::pod_scheduling_metrics_update, "Update pod scheduling metrics resources"},
    {Permission::pod_scheduling_metrics_delete, "Delete pod scheduling metrics resources"},
    {Permission::scheduler_config_read, "Read scheduler runtime config status"},
    {Permission::scheduler_config_update, "Apply scheduler runtime config"},
    {Permission::node_scheduling_policy_create, "Create node-level scheduling policies"},
    {Permission::node_scheduling_policy_read, "Read node-level scheduling policies"},
    {Permission::node_scheduling_policy_update, "Update node-level scheduling policies"},
    {Permission::node_scheduling_policy_delete, "Delete node-level scheduling policies"},
    {Permission::node_scheduling_intent_read, "Read node-level scheduling intents"},
    {Permission::node_scheduling_intent_delete, "Delete node-level scheduling intents"},
}};

}  // namespace gthulhu
