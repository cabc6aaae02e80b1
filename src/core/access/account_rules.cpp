// SPDX-License-Identifier: Apache-2.0
#include "core/access/account_rules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/text.h"
#include "core/access/permission.h"

namespace gthulhu {

namespace {

constexpr std::size_t longest_name = 256;
constexpr std::size_t longest_description = 4'096;
constexpr std::size_t most_policies = 1'000;

Error invalid(std::string field, std::string_view what) {
  Error error{Errc::invalid_argument, field + " " + std::string(what), ""};
  error.field = std::move(field);
  return error;
}

Result<> check_name(std::string_view name, std::string_view field) {
  if (name.empty()) return invalid(std::string(field), "must not be empty");
  if (count_characters(name) > longest_name) {
    return invalid(std::string(field), "must have at most 256 characters");
  }
  return {};
}

std::array<std::string_view, permission_count> all_keys() {
  std::array<std::string_view, permission_count> keys{};
  std::ranges::transform(all_permissions(), keys.begin(), key);
  return keys;
}

Result<> check_key(const std::string& wanted, const std::string& field) {
  if (is_permission_key(wanted)) return {};
  std::string text = "is no permission";
  if (const auto meant = nearest(wanted, all_keys())) {
    text += ": did you mean " + std::string(*meant) + "?";
  }
  return invalid(field, text + " (GET /api/v1/permissions lists them)");
}

}  // namespace

Result<> check_username(std::string_view name) {
  return check_name(name, "username");
}

Result<> check_role_texts(const Role& role) {
  TRY(check_name(role.name.str(), "name"));
  if (count_characters(role.description) > longest_description) {
    return invalid("description", "must have at most 4096 characters");
  }
  return {};
}

Result<> check_policies(const std::vector<RolePolicy>& policies, std::string_view field) {
  if (policies.size() > most_policies) {
    return invalid(std::string(field), "must have at most 1000 items");
  }
  for (std::size_t i = 0; i < policies.size(); ++i) {
    const std::string item = std::string(field) + "[" + std::to_string(i) + "].";
    TRY(check_key(policies[i].permission_key, item + "permissionKey"));
    if (count_characters(policies[i].k8s_namespace) > longest_name) {
      return invalid(item + "k8sNamespace", "must have at most 256 characters");
    }
    if (count_characters(policies[i].policy_namespace) > longest_name) {
      return invalid(item + "policyNamespace", "must have at most 256 characters");
    }
  }
  return {};
}

Result<UserStatus> parse_user_status(std::int64_t number) {
  if (number < 1 || number > 3) {
    return invalid("status", "must be 1 (active), 2 (inactive) or 3 (must change password)");
  }
  return static_cast<UserStatus>(number);
}

}  // namespace gthulhu
