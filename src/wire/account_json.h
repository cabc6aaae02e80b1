// SPDX-License-Identifier: Apache-2.0
//
// Users, roles and permissions in the manager's API (contract 1.4 to 1.6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/access/permission.h"
#include "core/access/scope.h"
#include "core/model/account.h"
#include "core/model/role.h"
#include "wire/json.h"

namespace gthulhu::wire {

// All decoders: Errc::invalid_argument names the field of another type.

struct Credentials {  // of a login, or of a new user
  std::string username;
  std::string password;
};
Result<Credentials> decode_credentials(const Value& body);

struct PasswordChange {
  std::string old_password;
  std::string new_password;
};
Result<PasswordChange> decode_password_change(const Value& body);

// The body of refresh and logout.
Result<std::string> decode_refresh_token(const Value& body);

struct PasswordReset {
  std::string user_id;
  std::string new_password;
};
Result<PasswordReset> decode_password_reset(const Value& body);

struct UserUpdate {
  std::string user_id;
  std::optional<std::vector<RoleName>> roles;
  std::optional<std::int64_t> status;
};
Result<UserUpdate> decode_user_update(const Value& body);

// The body of POST /roles, with `rolePolicies`.
Result<Role> decode_role(const Value& body);

// The body of PUT /roles, with `rolePolicy`.
struct RoleUpdate {
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::vector<RolePolicy>> policies;
};
Result<RoleUpdate> decode_role_update(const Value& body);

Result<std::string> decode_role_id(const Value& body);

Value encode_user(const User& user);
// null for none, as the Go system has it.
Value encode_users(const std::vector<User>& users);
Value encode_role(const Role& role);
Value encode_roles(const std::vector<Role>& roles);
Value encode_permissions();

// The data of GET /users/self/access: ours, not in the contract. What the user may do, and where;
// no namespaces are all.
struct UserAccess {
  const User* user = nullptr;
  std::string_view mode;  // "cluster", "standalone"
  std::vector<RolePolicy> policies;
  bool must_change_password = false;
};
Value encode_access(const UserAccess& access);

}  // namespace gthulhu::wire
