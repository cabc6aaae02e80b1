// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/account.h"
#include "core/model/pod.h"
#include "core/model/role.h"

namespace gthulhu {

// Where somebody may do one thing: the union of those of his policies that have its key (contract
// 3.4). Of each policy `self` limits it to objects of his own, `k8sNamespace` to pods of that
// namespace, `policyNamespace` to strategies of that strategyNamespace; empty is no limit.
//
// A value. Threads: const functions from anywhere.
class Scope {
 public:
  // `policies` are those with the key; without any the scope covers nothing.
  Scope(UserId who, std::vector<RolePolicy> policies);

  // An object that `owner` made and that is about pods of `namespaces` (empty: of all): every one
  // of them must be covered.
  [[nodiscard]] bool covers(const UserId& owner,
                            std::string_view strategy_namespace,
                            std::span<const Namespace> namespaces) const;

  // Pods and processes of a namespace. Nobody owns them, so `self` does not limit that.
  [[nodiscard]] bool covers_pods_of(const Namespace& name_space) const;

  // Users and roles: `self` limits them to the caller himself.
  [[nodiscard]] bool covers_user(const UserId& user) const;

  // The namespaces that a strategy of his own in `strategy_namespace` means when it names none;
  // empty: all of them.
  [[nodiscard]] std::vector<Namespace> namespaces_for(std::string_view strategy_namespace) const;

  // Everything, of everybody, everywhere.
  [[nodiscard]] bool is_unbounded() const;
  [[nodiscard]] bool is_empty() const { return policies_.empty(); }

  [[nodiscard]] const std::vector<RolePolicy>& policies() const { return policies_; }

 private:
  UserId who_;
  std::vector<RolePolicy> policies_;
};

// Whether whoever holds `held` may do all that `wanted` allows: the same key, and `held` is not
// narrower.
bool is_within(const RolePolicy& wanted, const RolePolicy& held);

}  // namespace gthulhu
