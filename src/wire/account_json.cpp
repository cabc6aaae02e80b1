// SPDX-License-Identifier: Apache-2.0
#include "wire/account_json.h"

#include <utility>

#include "core/access/permission_catalogue.h"

namespace gthulhu::wire {

namespace {

Value encode_policy(const RolePolicy& policy) {
  return Value::Object{{"permissionKey", policy.permission_key},
                       {"self", policy.self},
                       {"k8sNamespace", policy.k8s_namespace},
                       {"policyNamespace", policy.policy_namespace}};
}

Result<std::vector<RolePolicy>> read_policies(ObjectReader& reader, const std::string& field) {
  std::vector<RolePolicy> policies;
  TRY(reader.read_each(field, [&](const Value& item, const std::string& path) -> Result<> {
    ObjectReader fields = TRY(ObjectReader::open(item, path));
    RolePolicy policy;
    TRY(fields.read("permissionKey", policy.permission_key));
    TRY(fields.read("self", policy.self));
    TRY(fields.read("k8sNamespace", policy.k8s_namespace));
    TRY(fields.read("policyNamespace", policy.policy_namespace));
    policies.push_back(std::move(policy));
    return {};
  }));
  return policies;
}

template <class Item>
Value list_or_null(const std::vector<Item>& items, Value (*encode)(const Item&)) {
  if (items.empty()) return nullptr;
  Value::Array encoded;
  for (const Item& item : items) encoded.push_back(encode(item));
  return encoded;
}

}  // namespace

Result<Credentials> decode_credentials(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  Credentials credentials;
  TRY(reader.read("username", credentials.username));
  TRY(reader.read("password", credentials.password));
  return credentials;
}

Result<PasswordChange> decode_password_change(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  PasswordChange change;
  TRY(reader.read("oldPassword", change.old_password));
  TRY(reader.read("newPassword", change.new_password));
  return change;
}

Result<std::string> decode_refresh_token(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  std::string token;
  TRY(reader.read("refreshToken", token));
  return token;
}

Result<PasswordReset> decode_password_reset(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  PasswordReset reset;
  TRY(reader.read("userID", reset.user_id));
  TRY(reader.read("newPassword", reset.new_password));
  return reset;
}

Result<UserUpdate> decode_user_update(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  UserUpdate update;
  std::vector<std::string> roles;
  std::int64_t status = 0;
  TRY(reader.read("userID", update.user_id));
  TRY(reader.read("roles", roles));
  TRY(reader.read("status", status));
  if (reader.has("roles")) {
    update.roles.emplace();
    for (std::string& role : roles) update.roles->emplace_back(std::move(role));
  }
  if (reader.has("status")) update.status = status;
  return update;
}

Result<Role> decode_role(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  Role role;
  std::string name;
  TRY(reader.read("name", name));
  TRY(reader.read("description", role.description));
  role.policies = TRY(read_policies(reader, "rolePolicies"));
  role.name = RoleName(std::move(name));
  return role;
}

Result<RoleUpdate> decode_role_update(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  RoleUpdate update;
  std::string name;
  std::string description;
  TRY(reader.read("id", update.id));
  TRY(reader.read("name", name));
  TRY(reader.read("description", description));
  std::vector<RolePolicy> policies = TRY(read_policies(reader, "rolePolicy"));
  if (reader.has("name")) update.name = std::move(name);
  if (reader.has("description")) update.description = std::move(description);
  if (reader.has("rolePolicy")) update.policies = std::move(policies);
  return update;
}

Result<std::string> decode_role_id(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  std::string id;
  TRY(reader.read("id", id));
  return id;
}

Value encode_user(const User& user) {
  Value roles = nullptr;
  if (!user.roles.empty()) {
    Value::Array names;
    for (const RoleName& role : user.roles) names.emplace_back(role.str());
    roles = std::move(names);
  }
  return Value::Object{{"id", user.id.str()},
                       {"username", user.username},
                       {"roles", std::move(roles)},
                       {"status", static_cast<int>(user.status)}};
}

Value encode_users(const std::vector<User>& users) {
  return list_or_null(users, encode_user);
}

Value encode_role(const Role& role) {
  return Value::Object{{"id", role.id.str()},
                       {"name", role.name.str()},
                       {"description", role.description},
                       {"rolePolicy", list_or_null(role.policies, encode_policy)}};
}

Value encode_roles(const std::vector<Role>& roles) {
  return list_or_null(roles, encode_role);
}

Value encode_permissions() {
  Value::Array items;
  for (const PermissionEntry& entry : permission_catalogue) {
    items.emplace_back(
        Value::Object{{"key", key(entry.permission)}, {"description", entry.description}});
  }
  return items;
}

Value encode_access(const UserAccess& access) {
  Value::Array permissions;
  const auto one_or_all = [](const std::string& name) {
    return name.empty() ? Value::Array{} : Value::Array{name};
  };
  for (const RolePolicy& policy : access.policies) {
    permissions.emplace_back(
        Value::Object{{"key", policy.permission_key},
                      {"namespaces", one_or_all(policy.k8s_namespace)},
                      {"policyNamespaces", one_or_all(policy.policy_namespace)},
                      {"self", policy.self}});
  }
  return Value::Object{{"user", encode_user(*access.user)},
                       {"mode", access.mode},
                       {"features", Value::Array{}},
                       {"permissions", std::move(permissions)},
                       {"mustChangePassword", access.must_change_password}};
}

}  // namespace gthulhu::wire
