// SPDX-License-Identifier: Apache-2.0
#include "core/access/scope.h"

#include <algorithm>
#include <utility>

namespace gthulhu {

Scope::Scope(UserId who, std::vector<RolePolicy> policies)
    : who_(std::move(who)), policies_(std::move(policies)) {}

bool Scope::covers(const UserId& owner,
                   std::string_view strategy_namespace,
                   std::span<const Namespace> namespaces) const {
  const auto applies = [&](const RolePolicy& policy) {
    return (!policy.self || owner == who_) &&
           (policy.policy_namespace.empty() || policy.policy_namespace == strategy_namespace);
  };
  const auto is_allowed = [&](std::string_view name_space) {
    return std::ranges::any_of(policies_, [&](const RolePolicy& policy) {
      return applies(policy) &&
             (policy.k8s_namespace.empty() || policy.k8s_namespace == name_space);
    });
  };
  if (namespaces.empty()) return is_allowed("");  // only a policy without that limit covers all
  return std::ranges::all_of(
      namespaces, [&](const Namespace& name_space) { return is_allowed(name_space.str()); });
}

bool Scope::covers_pods_of(const Namespace& name_space) const {
  return std::ranges::any_of(policies_, [&](const RolePolicy& policy) {
    return policy.k8s_namespace.empty() || policy.k8s_namespace == name_space.str();
  });
}

bool Scope::covers_user(const UserId& user) const {
  return std::ranges::any_of(
      policies_, [&](const RolePolicy& policy) { return !policy.self || user == who_; });
}

std::vector<Namespace> Scope::namespaces_for(std::string_view strategy_namespace) const {
  std::vector<Namespace> namespaces;
  for (const RolePolicy& policy : policies_) {
    if (!policy.policy_namespace.empty() && policy.policy_namespace != strategy_namespace) continue;
    if (policy.k8s_namespace.empty()) return {};
    namespaces.emplace_back(policy.k8s_namespace);
  }
  std::ranges::sort(namespaces);
  const auto doubles = std::ranges::unique(namespaces);
  namespaces.erase(doubles.begin(), doubles.end());
  return namespaces;
}

bool Scope::is_unbounded() const {
  return std::ranges::any_of(policies_, [](const RolePolicy& policy) {
    return !policy.self && policy.k8s_namespace.empty() && policy.policy_namespace.empty();
  });
}

bool is_within(const RolePolicy& wanted, const RolePolicy& held) {
  return wanted.permission_key == held.permission_key && (!held.self || wanted.self) &&
         (held.k8s_namespace.empty() || held.k8s_namespace == wanted.k8s_namespace) &&
         (held.policy_namespace.empty() || held.policy_namespace == wanted.policy_namespace);
}

}  // namespace gthulhu
