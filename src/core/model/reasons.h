// SPDX-License-Identifier: Apache-2.0
//
// Why an intent is degraded, in words that are part of the API; docs/enforcers.md explains each.
#pragma once

#include <array>
#include <string_view>

namespace gthulhu::reasons {

constexpr std::string_view real_time_policy = "real-time policy";
constexpr std::string_view idle_policy = "idle policy";
constexpr std::string_view changed_by_program = "changed by program";
constexpr std::string_view not_permitted = "not permitted";
constexpr std::string_view refused = "refused by the kernel";
constexpr std::string_view inside_pod_only = "inside pod only";
constexpr std::string_view inside_session_only = "inside session only";
constexpr std::string_view no_custom_slices = "no custom slices";
constexpr std::string_view clamped = "clamped";
constexpr std::string_view idle_cgroup = "idle cgroup";
constexpr std::string_view systemd_refused = "refused by systemd";
constexpr std::string_view observe_only = "observe only";
constexpr std::string_view not_asked_for = "not asked for";
constexpr std::string_view not_known_to_agent = "not known to the decision maker";

// What has the least of the intended effect comes first; of several reasons the first is told.
constexpr std::array worst_first{observe_only,
                                 not_known_to_agent,
                                 not_asked_for,
                                 real_time_policy,
                                 changed_by_program,
                                 not_permitted,
                                 refused,
                                 systemd_refused,
                                 idle_policy,
                                 idle_cgroup,
                                 inside_pod_only,
                                 inside_session_only,
                                 no_custom_slices,
                                 clamped};

}  // namespace gthulhu::reasons
