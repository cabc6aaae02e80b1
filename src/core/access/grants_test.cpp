// SPDX-License-Identifier: Apache-2.0
#include "core/access/grants.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

RolePolicy policy(const std::string& key,
                  bool self = false,
                  const std::string& k8s = "",
                  const std::string& policy_namespace = "") {
  return {key, self, k8s, policy_namespace};
}

Role role(const std::string& name, std::vector<RolePolicy> policies) {
  Role made;
  made.id = RoleId(name);
  made.name = RoleName(name);
  made.policies = std::move(policies);
  return made;
}

User user(const std::string& name,
          std::vector<std::string> roles,
          UserStatus status = UserStatus::active) {
  User made;
  made.id = UserId(name);
  made.username = name;
  made.status = status;
  for (std::string& role : roles) made.roles.emplace_back(std::move(role));
  return made;
}

const std::vector<Role> roles{
    role("admin", {policy("user.permission.update"), policy("role.update")}),
    role("half", {policy("user.permission.update")}),
    role("own", {policy("user.permission.update", true), policy("role.update")}),
    role("bounded", {policy("user.permission.update", false, "web"), policy("role.update")}),
};

TEST(Grants, what_is_held_may_be_given_as_it_is_or_narrower_and_nothing_else) {
  const std::vector held{policy("a"), policy("b", true), policy("c", false, "web"),
                         policy("d", false, "", "team")};
  for (const RolePolicy& granted :
       {policy("a"), policy("a", true), policy("a", false, "web", "team"), policy("b", true),
        policy("c", true, "web"), policy("d", false, "db", "team")}) {
    EXPECT_TRUE(check_grant({{granted}}, held)) << granted.permission_key;
  }
  for (const RolePolicy& granted : {policy("e"), policy("b"), policy("c"), policy("c", false, "db"),
                                    policy("d"), policy("d", false, "", "other")}) {
    const auto refused = check_grant({{policy("a"), granted}}, held);
    ASSERT_FALSE(refused) << granted.permission_key;
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    EXPECT_EQ(refused.error().message,
              "you cannot grant " + granted.permission_key + ": you do not hold it yourself");
  }
}

TEST(Grants, two_namespaces_are_not_all_of_them) {
  const std::vector held{policy("a", false, "web"), policy("a", false, "db")};
  EXPECT_FALSE(check_grant({{policy("a")}}, held));
}

TEST(Grants, who_may_do_more_is_not_changed_by_who_may_do_less) {
  const std::vector held{policy("a"), policy("b", true)};
  EXPECT_TRUE(check_may_change(user("otto", {}), {{policy("a", true)}}, held));
  const auto refused = check_may_change(user("otto", {}), {{policy("b")}}, held);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::forbidden);
  EXPECT_EQ(refused.error().message, "you cannot change otto: he holds b, which you do not");
}

TEST(Grants, an_administrator_can_log_in_and_change_every_user_and_role) {
  EXPECT_TRUE(has_administrator({{user("a", {"admin"})}}, roles));
  EXPECT_TRUE(has_administrator({{user("a", {"admin"}, UserStatus::must_change_password)}}, roles));
  EXPECT_FALSE(has_administrator({{user("a", {"admin"}, UserStatus::inactive)}}, roles));
  EXPECT_FALSE(has_administrator({{user("a", {"half"})}}, roles));
  EXPECT_FALSE(has_administrator({{user("a", {"own"})}}, roles));
  EXPECT_FALSE(has_administrator({{user("a", {"bounded"})}}, roles));
  EXPECT_TRUE(has_administrator({{user("a", {"half", "own"})}}, roles));
  EXPECT_FALSE(has_administrator({{user("a", {"gone"})}}, roles));
}

TEST(Grants, the_last_administrator_stays) {
  const std::vector both{user("a", {"admin"}), user("b", {"admin"})};
  const std::vector one{user("a", {"admin"}), user("b", {})};
  const std::vector none{user("a", {"half"}), user("b", {})};
  EXPECT_TRUE(check_administrator_stays(both, roles, one, roles));
  EXPECT_TRUE(check_administrator_stays(none, roles, none, roles));
  const auto refused = check_administrator_stays(one, roles, none, roles);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_EQ(refused.error().message, "the last administrator cannot be removed");
  EXPECT_FALSE(check_administrator_stays(one, roles, one, {}));
}

TEST(Grants, keys_that_no_permission_has_allow_nothing_and_bind_nobody) {
  const Role old = role("old", {policy("user.frobnicate"), policy("user.read")});
  EXPECT_EQ(policies_of(old), std::vector{policy("user.read")});
  EXPECT_EQ(policies_of(user("a", {"old"}), std::vector{old}), std::vector{policy("user.read")});
  EXPECT_TRUE(check_may_change(old, std::vector{policy("user.read")}));
  const auto refused = check_may_change(old, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "you cannot change the role old: it allows user.read, which you do not hold");
}

}  // namespace
}  // namespace gthulhu
