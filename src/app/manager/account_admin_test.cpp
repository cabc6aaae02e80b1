// SPDX-License-Identifier: Apache-2.0
#include "app/manager/account_admin.h"

#include <gtest/gtest.h>

#include "core/access/authorize.h"
#include "core/access/permission.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_passwords.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/memory_store.h"

namespace gthulhu {
namespace {

RolePolicy policy(Permission permission, bool self = false, std::string name_space = "") {
  return {std::string(key(permission)), self, std::move(name_space), ""};
}

class AccountAdminTest : public testing::Test {
 protected:
  AccountAdminTest() {
    User admin;
    admin.id = UserId("0000000000000000000000aa");
    admin.username = "admin";
    admin.roles = {RoleName("admin")};
    EXPECT_TRUE(store_.add(admin, {}));
    EXPECT_TRUE(directory_.load());
  }

  // What a user may do with a permission of his.
  Session acting(const UserId& id, Permission wanted) {
    const auto view = directory_.view();
    Session session;
    session.user = *view->user(id);
    session.scope = authorize(session.user, view->roles, wanted).value();
    return session;
  }
  Session admin(Permission wanted) { return acting(UserId("0000000000000000000000aa"), wanted); }

  UserId made_user(const std::string& name, std::vector<RoleName> roles) {
    const UserId id =
        admin_.create_user(admin(Permission::user_create), name, "long enough").value();
    EXPECT_TRUE(admin_.update_user(admin(Permission::user_permission_update), id, std::move(roles),
                                   UserStatus::active));
    return id;
  }
  RoleId made_role(const std::string& name, std::vector<RolePolicy> policies) {
    Role role;
    role.name = RoleName(name);
    role.policies = std::move(policies);
    return admin_.create_role(admin(Permission::role_create), role).value();
  }

  FakeClock clock_;
  FakeRandom random_{1};
  MemoryStore store_;
  FakePasswords passwords_;
  AccountDirectory directory_{store_};
  AccountAdmin admin_{{clock_,
                       random_,
                       directory_,
                       store_,
                       passwords_,
                       {[](const Strategy&) { return ""; },
                        [](const User& user) { return "\"" + user.username + "\""; },
                        [](const Role& role) { return "\"" + role.name.str() + "\""; }}}};
};

TEST_F(AccountAdminTest, a_new_user_has_no_roles_and_must_change_his_password) {
  const auto id = admin_.create_user(admin(Permission::user_create), "anna", "long enough");
  ASSERT_TRUE(id);
  const User user = *directory_.view()->user(*id);
  EXPECT_TRUE(user.roles.empty());
  EXPECT_EQ(user.status, UserStatus::must_change_password);
  EXPECT_EQ(admin_.create_user(admin(Permission::user_create), "anna", "long enough").error().code,
            Errc::conflict);
  EXPECT_EQ(admin_.create_user(admin(Permission::user_create), "", "long enough").error().field,
            "username");
  EXPECT_FALSE(admin_.create_user(admin(Permission::user_create), "otto", "short"));
}

TEST_F(AccountAdminTest, a_password_that_looks_like_a_hash_is_hashed_like_any_other) {
  const std::string lookalike = "$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHQ$aGFzaA";
  const auto id = admin_.create_user(admin(Permission::user_create), "anna", lookalike);
  ASSERT_TRUE(id);
  EXPECT_NE(directory_.view()->user(*id)->password_hash, lookalike);
}

TEST_F(AccountAdminTest, the_last_role_can_be_taken_away_and_repeated_names_count_once) {
  made_role("reader", {policy(Permission::role_read)});
  const UserId anna = made_user("anna", {RoleName("reader"), RoleName("reader")});
  EXPECT_EQ(directory_.view()->user(anna)->roles, std::vector{RoleName("reader")});
  const Session session = admin(Permission::user_permission_update);
  EXPECT_EQ(admin_.update_user(session, anna, std::vector{RoleName("none")}, {}).error().message,
            "Some roles not found");
  ASSERT_TRUE(admin_.update_user(session, anna, std::vector<RoleName>{}, {}));
  EXPECT_TRUE(directory_.view()->user(anna)->roles.empty());
}

TEST_F(AccountAdminTest, nobody_can_grant_what_he_does_not_hold_not_even_to_himself) {
  made_role("chief", {policy(Permission::user_permission_update), policy(Permission::role_update),
                      policy(Permission::role_create)});
  const UserId anna = made_user("anna", {RoleName("chief")});
  const Session session = acting(anna, Permission::user_permission_update);
  const auto escalated =
      admin_.update_user(session, anna, std::vector{RoleName("chief"), RoleName("admin")}, {});
  ASSERT_FALSE(escalated);
  EXPECT_EQ(escalated.error().code, Errc::forbidden);

  Role wider;
  wider.name = RoleName("wider");
  wider.policies = {policy(Permission::user_create)};
  EXPECT_EQ(admin_.create_role(acting(anna, Permission::role_create), wider).error().code,
            Errc::forbidden);
  const RoleId chief = directory_.view()->role_named(RoleName("chief"))->id;
  AccountAdmin::RoleChange change;
  change.policies = {policy(Permission::user_permission_update), policy(Permission::user_create)};
  EXPECT_EQ(admin_.update_role(acting(anna, Permission::role_update), chief, change).error().code,
            Errc::forbidden);
  wider.policies = {policy(Permission::role_update, false, "core")};
  EXPECT_TRUE(admin_.create_role(acting(anna, Permission::role_create), wider));
}

TEST_F(AccountAdminTest, whoever_may_do_more_cannot_be_changed_by_who_may_do_less) {
  made_role("resetter",
            {policy(Permission::user_password_reset), policy(Permission::user_permission_update)});
  const UserId anna = made_user("anna", {RoleName("resetter")});
  const UserId root("0000000000000000000000aa");
  EXPECT_EQ(
      admin_.reset_password(acting(anna, Permission::user_password_reset), root, "long enough")
          .error()
          .code,
      Errc::forbidden);
  EXPECT_EQ(admin_
                .update_user(acting(anna, Permission::user_permission_update), root,
                             std::vector<RoleName>{}, {})
                .error()
                .code,
            Errc::forbidden);
}

TEST_F(AccountAdminTest, self_is_only_oneself) {
  made_role("own",
            {policy(Permission::user_password_reset, true), policy(Permission::user_read, true)});
  const UserId anna = made_user("anna", {RoleName("own")});
  const UserId otto = made_user("otto", {});
  EXPECT_EQ(
      admin_.reset_password(acting(anna, Permission::user_password_reset), otto, "long enough")
          .error()
          .message,
      "forbidden");
  EXPECT_TRUE(
      admin_.reset_password(acting(anna, Permission::user_password_reset), anna, "long enough"));
  const auto seen = admin_.users(acting(anna, Permission::user_read));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].username, "anna");
}

TEST_F(AccountAdminTest, the_last_administrator_cannot_be_removed) {
  const UserId root("0000000000000000000000aa");
  const Session session = admin(Permission::user_permission_update);
  for (const auto& refused : {admin_.update_user(session, root, std::vector<RoleName>{}, {}),
                              admin_.update_user(session, root, {}, UserStatus::inactive)}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_EQ(refused.error().message, "the last administrator cannot be removed");
  }
  AccountAdmin::RoleChange change;
  change.policies.emplace();
  EXPECT_EQ(admin_
                .update_role(admin(Permission::role_update),
                             directory_.view()->role_named(RoleName("admin"))->id, change)
                .error()
                .code,
            Errc::conflict);
  made_user("second", {RoleName("admin")});
  EXPECT_TRUE(admin_.update_user(session, root, {}, UserStatus::inactive));
}

TEST_F(AccountAdminTest, deactivation_and_a_reset_password_revoke_all_tokens) {
  const UserId anna = made_user("anna", {});
  const std::int64_t before = directory_.view()->user(anna)->token_version;
  ASSERT_TRUE(admin_.reset_password(admin(Permission::user_password_reset), anna, "long enough"));
  EXPECT_EQ(directory_.view()->user(anna)->token_version, before + 1);
  EXPECT_EQ(directory_.view()->user(anna)->status, UserStatus::must_change_password);
  ASSERT_TRUE(admin_.update_user(admin(Permission::user_permission_update), anna, {},
                                 UserStatus::inactive));
  EXPECT_EQ(directory_.view()->user(anna)->token_version, before + 2);
}

TEST_F(AccountAdminTest, a_renamed_role_stays_with_its_users_and_one_in_use_stays) {
  const RoleId reader = made_role("reader", {policy(Permission::role_read)});
  const UserId anna = made_user("anna", {RoleName("reader")});
  AccountAdmin::RoleChange change;
  change.name = "looker";
  ASSERT_TRUE(admin_.update_role(admin(Permission::role_update), reader, change));
  EXPECT_EQ(directory_.view()->user(anna)->roles, std::vector{RoleName("looker")});
  const auto held = admin_.erase_role(admin(Permission::role_delete), reader);
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().message, "role is in use by: anna");
  ASSERT_TRUE(admin_.update_user(admin(Permission::user_permission_update), anna,
                                 std::vector<RoleName>{}, {}));
  EXPECT_TRUE(admin_.erase_role(admin(Permission::role_delete), reader));
  EXPECT_EQ(admin_.erase_role(admin(Permission::role_delete), reader).error().code,
            Errc::not_found);
}

TEST_F(AccountAdminTest, every_change_is_written_down_with_before_and_after) {
  const UserId anna = made_user("anna", {});
  const AuditPage page = store_
                             .entries({.user = {},
                                       .action = "user",
                                       .object = "user/" + anna.str(),
                                       .outcome = {},
                                       .from = {},
                                       .to = {},
                                       .before_sequence = {}})
                             .value();
  ASSERT_EQ(page.entries.size(), 2u);
  EXPECT_EQ(page.entries[0].action, "user.permissions.update");
  EXPECT_EQ(page.entries[0].username, "admin");
  EXPECT_EQ(page.entries[0].before, "\"anna\"");
  EXPECT_EQ(page.entries[1].after, "\"anna\"");
}

TEST_F(AccountAdminTest, a_role_of_the_go_system_with_an_unknown_key_can_be_changed_and_deleted) {
  Role old;
  old.id = RoleId("0000000000000000000000bb");
  old.name = RoleName("old");
  old.policies = {{"user.frobnicate", false, "", ""}};
  ASSERT_TRUE(store_.add_role(old, {}));
  ASSERT_TRUE(directory_.load());
  const UserId anna = made_user("anna", {RoleName("old")});
  EXPECT_TRUE(admin_.reset_password(admin(Permission::user_password_reset), anna, "long enough"));
  ASSERT_TRUE(admin_.update_user(admin(Permission::user_permission_update), anna,
                                 std::vector<RoleName>{}, {}));
  AccountAdmin::RoleChange change;
  change.description = "as it came";
  EXPECT_TRUE(admin_.update_role(admin(Permission::role_update), old.id, change));
  EXPECT_TRUE(admin_.erase_role(admin(Permission::role_delete), old.id));
}

TEST_F(AccountAdminTest, self_covers_neither_new_users_nor_roles) {
  made_role("own", {policy(Permission::user_create, true), policy(Permission::role_create, true),
                    policy(Permission::role_read, true), policy(Permission::role_update, true),
                    policy(Permission::role_delete, true)});
  const UserId anna = made_user("anna", {RoleName("own")});
  EXPECT_EQ(
      admin_.create_user(acting(anna, Permission::user_create), "otto", "long enough").error().code,
      Errc::forbidden);
  Role role;
  role.name = RoleName("other");
  EXPECT_EQ(admin_.create_role(acting(anna, Permission::role_create), role).error().code,
            Errc::forbidden);
  const RoleId own = directory_.view()->role_named(RoleName("own"))->id;
  EXPECT_EQ(admin_.update_role(acting(anna, Permission::role_update), own, {}).error().code,
            Errc::forbidden);
  EXPECT_EQ(admin_.erase_role(acting(anna, Permission::role_delete), own).error().code,
            Errc::forbidden);
  const std::vector<Role> seen = admin_.roles(acting(anna, Permission::role_read));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].name, RoleName("own"));
}

}  // namespace
}  // namespace gthulhu
