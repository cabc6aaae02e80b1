// SPDX-License-Identifier: Apache-2.0
#include "core/access/scope.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

const UserId me("me");
const UserId other("other");

RolePolicy policy(bool self, std::string k8s_namespace = "", std::string policy_namespace = "") {
  return {"schedule_strategy.read", self, std::move(k8s_namespace), std::move(policy_namespace)};
}

std::vector<Namespace> names(std::initializer_list<const char*> texts) {
  std::vector<Namespace> made;
  for (const char* text : texts) made.emplace_back(text);
  return made;
}

TEST(Scope, without_policies_covers_nothing) {
  const Scope scope(me, {});
  EXPECT_FALSE(scope.covers(me, "", {}));
  EXPECT_FALSE(scope.covers_pods_of(Namespace("core")));
  EXPECT_FALSE(scope.covers_user(me));
  EXPECT_TRUE(scope.is_empty());
  EXPECT_FALSE(scope.is_unbounded());
}

TEST(Scope, without_limits_covers_everything_of_everybody) {
  const Scope scope(me, {policy(false)});
  EXPECT_TRUE(scope.covers(other, "any", {}));
  EXPECT_TRUE(scope.covers(other, "any", names({"core", "web"})));
  EXPECT_TRUE(scope.is_unbounded());
  EXPECT_TRUE(scope.namespaces_for("any").empty());
}

TEST(Scope, self_is_ones_own_objects_only) {
  const Scope scope(me, {policy(true)});
  EXPECT_TRUE(scope.covers(me, "", {}));
  EXPECT_FALSE(scope.covers(other, "", {}));
  EXPECT_TRUE(scope.covers_user(me));
  EXPECT_FALSE(scope.covers_user(other));
  EXPECT_FALSE(scope.is_unbounded());
}

TEST(Scope, a_namespace_of_pods_bounds_what_an_object_is_about) {
  const Scope scope(me, {policy(false, "core")});
  EXPECT_TRUE(scope.covers(other, "", names({"core"})));
  EXPECT_FALSE(scope.covers(other, "", names({"core", "web"})));
  EXPECT_FALSE(scope.covers(other, "", {}));  // all namespaces
  EXPECT_TRUE(scope.covers_pods_of(Namespace("core")));
  EXPECT_FALSE(scope.covers_pods_of(Namespace("web")));
}

TEST(Scope, policies_add_up) {
  const Scope scope(me, {policy(false, "core"), policy(true, "web")});
  EXPECT_TRUE(scope.covers(me, "", names({"core", "web"})));
  EXPECT_FALSE(scope.covers(other, "", names({"core", "web"})));
  EXPECT_EQ(scope.namespaces_for(""), names({"core", "web"}));
}

TEST(Scope, a_policy_namespace_bounds_the_tenant) {
  const Scope scope(me, {policy(false, "core", "blue"), policy(false, "web", "red")});
  EXPECT_TRUE(scope.covers(other, "blue", names({"core"})));
  EXPECT_FALSE(scope.covers(other, "red", names({"core"})));
  EXPECT_FALSE(scope.covers(other, "", names({"core"})));
  EXPECT_EQ(scope.namespaces_for("red"), names({"web"}));
}

TEST(Scope, what_is_granted_must_not_be_wider_than_what_is_held) {
  EXPECT_TRUE(is_within(policy(false), policy(false)));
  EXPECT_TRUE(is_within(policy(true, "core", "blue"), policy(false)));
  EXPECT_FALSE(is_within(policy(false), policy(true)));
  EXPECT_FALSE(is_within(policy(false), policy(false, "core")));
  EXPECT_FALSE(is_within(policy(false, "web"), policy(false, "core")));
  EXPECT_FALSE(is_within(policy(false), policy(false, "", "blue")));
  EXPECT_FALSE(is_within({"user.read", false, "", ""}, policy(false)));
}

}  // namespace
}  // namespace gthulhu
