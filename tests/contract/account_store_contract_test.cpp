// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include "core/access/permission.h"
#include "tests/contract/stores.h"

namespace gthulhu {
namespace {

User somebody(const std::string& id, const std::string& name) {
  User user;
  user.id = UserId(id);
  user.username = name;
  user.password_hash = "$argon2id$v=19$m=16384,t=3,p=2$c2FsdA$aGFzaA";
  user.status = UserStatus::must_change_password;
  user.roles = {RoleName("admin"), RoleName("reader \"b\"")};
  user.token_version = 1'000'000'000'000;
  user.created = test_time;
  user.updated = test_time + std::chrono::milliseconds{7};
  return user;
}

using AccountStoreContract = StoreContract;

TEST_P(AccountStoreContract, a_new_store_has_no_user) {
  EXPECT_EQ(accounts().user(UserId("a")).value(), std::nullopt);
  EXPECT_EQ(accounts().user_named("anna").value(), std::nullopt);
}

TEST_P(AccountStoreContract, a_user_is_found_by_id_and_name_also_after_reopening) {
  ASSERT_TRUE(accounts().add(somebody("a", "anna"), {}).has_value());
  for (int opened = 0; opened < 2; ++opened) {
    EXPECT_EQ(accounts().user(UserId("a")).value(), somebody("a", "anna"));
    EXPECT_EQ(accounts().user_named("anna").value(), somebody("a", "anna"));
    EXPECT_EQ(accounts().user_named("Anna").value(), std::nullopt);
    EXPECT_EQ(accounts().user_named("").value(), std::nullopt);
    reopen();
  }
}

TEST_P(AccountStoreContract, a_name_or_an_id_that_is_taken_is_a_conflict_and_changes_nothing) {
  ASSERT_TRUE(accounts().add(somebody("a", "anna"), {}).has_value());

  EXPECT_EQ(accounts().add(somebody("b", "anna"), {}).error().code, Errc::conflict);
  EXPECT_EQ(accounts().add(somebody("a", "otto"), {}).error().code, Errc::conflict);

  EXPECT_EQ(accounts().user(UserId("b")).value(), std::nullopt);
  EXPECT_EQ(accounts().user_named("otto").value(), std::nullopt);
  EXPECT_EQ(accounts().user_named("anna").value(), somebody("a", "anna"));
}

TEST_P(AccountStoreContract, replacing_changes_everything_but_the_id) {
  ASSERT_TRUE(accounts().add(somebody("a", "anna"), {}).has_value());
  User changed = somebody("a", "otto");
  changed.password_hash = "other";
  changed.status = UserStatus::inactive;
  changed.roles = {};
  changed.token_version = -1;
  changed.updated = test_time + std::chrono::hours{1};
  changed.revision = 2;
  ASSERT_TRUE(accounts().replace(changed, {}).has_value());

  reopen();

  EXPECT_EQ(accounts().user(UserId("a")).value(), changed);
  EXPECT_EQ(accounts().user_named("anna").value(), std::nullopt);
  EXPECT_EQ(accounts().replace(changed, {}).error().code, Errc::stale);  // the same once more
  EXPECT_EQ(accounts().users().value(), std::vector{changed});
}

TEST_P(AccountStoreContract, replacing_nobody_is_not_found) {
  EXPECT_EQ(accounts().replace(somebody("a", "anna"), {}).error().code, Errc::not_found);
  EXPECT_EQ(accounts().user_named("anna").value(), std::nullopt);
}

TEST_P(AccountStoreContract, nobody_can_take_the_name_of_another) {
  ASSERT_TRUE(accounts().add(somebody("a", "anna"), {}).has_value());
  ASSERT_TRUE(accounts().add(somebody("b", "otto"), {}).has_value());

  User renamed = somebody("b", "anna");
  renamed.revision = 2;
  EXPECT_EQ(accounts().replace(renamed, {}).error().code, Errc::conflict);
  EXPECT_EQ(accounts().user(UserId("b")).value(), somebody("b", "otto"));
}

TEST_P(AccountStoreContract, a_first_start_finds_the_role_admin_with_every_permission_in_order) {
  for (int opened = 0; opened < 2; ++opened) {
    const std::vector<Role> roles = accounts().roles().value();
    ASSERT_EQ(roles.size(), 1u);
    EXPECT_EQ(roles[0].name, RoleName("admin"));
    EXPECT_EQ(roles[0].description, "Administrator role with all permissions");
    EXPECT_EQ(roles[0].id.str().size(), 24u);
    ASSERT_EQ(roles[0].policies.size(), permission_count);
    for (std::size_t i = 0; i < permission_count; ++i) {
      EXPECT_EQ(roles[0].policies[i],
                (RolePolicy{std::string(key(all_permissions().at(i))), false, "", ""}));
    }
    reopen();
  }
}

TEST_P(AccountStoreContract, of_many_who_want_a_name_at_the_same_time_one_gets_it) {
  std::atomic<int> winners = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const auto added = accounts().add(somebody(std::to_string(i), "anna"), {});
        if (added) {
          ++winners;
        } else {
          EXPECT_EQ(added.error().code, Errc::conflict);
        }
      });
    }
  }
  EXPECT_EQ(winners, 1);
}

Role reader() {
  Role role;
  role.id = RoleId("000000000000000000000009");
  role.name = RoleName("reader \"b\"");
  role.description = "may look";
  role.policies = {{"user.read", true, "core", "blue"}, {"role.read", false, "", ""}};
  return role;
}

TEST_P(AccountStoreContract, a_role_is_kept_whole_and_its_new_name_reaches_who_holds_it) {
  ASSERT_TRUE(accounts().add_role(reader(), {}).has_value());
  ASSERT_TRUE(accounts().add(somebody("a", "anna"), {}).has_value());
  Role renamed = reader();
  renamed.revision = 2;
  renamed.name = RoleName("looker");
  renamed.policies = {};
  ASSERT_TRUE(accounts().replace_role(renamed, {}).has_value());

  reopen();

  EXPECT_EQ(accounts().roles().value().at(1), renamed);
  const User holder = accounts().user(UserId("a")).value().value();
  EXPECT_EQ(holder.roles, (std::vector{RoleName("admin"), RoleName("looker")}));
  EXPECT_EQ(holder.revision, 2);
  EXPECT_EQ(accounts().replace_role(renamed, {}).error().code, Errc::stale);
}

TEST_P(AccountStoreContract, a_role_that_somebody_holds_is_not_erased) {
  ASSERT_TRUE(accounts().add_role(reader(), {}).has_value());
  ASSERT_TRUE(accounts().add(somebody("a", "anna"), {}).has_value());
  const auto held = accounts().erase_role(reader().id, {});
  EXPECT_EQ(held.error().code, Errc::conflict);
  EXPECT_EQ(held.error().message, "role is in use by: anna");
  User without = somebody("a", "anna");
  without.revision = 2;
  without.roles = {};
  ASSERT_TRUE(accounts().replace(without, {}).has_value());
  EXPECT_TRUE(accounts().erase_role(reader().id, {}).has_value());
  EXPECT_EQ(accounts().erase_role(reader().id, {}).error().code, Errc::not_found);
  EXPECT_EQ(accounts().roles().value().size(), 1u);
}

TEST_P(AccountStoreContract, the_name_of_a_role_is_given_once) {
  Role admin = reader();
  admin.name = RoleName("admin");
  EXPECT_EQ(accounts().add_role(admin, {}).error().code, Errc::conflict);
  ASSERT_TRUE(accounts().add_role(reader(), {}).has_value());
  admin.revision = 2;
  EXPECT_EQ(accounts().replace_role(admin, {}).error().code, Errc::conflict);
  EXPECT_EQ(accounts().replace_role(Role{}, {}).error().code, Errc::not_found);
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         AccountStoreContract,
                         ::testing::ValuesIn(store_kinds()),
                         kind_name);

}  // namespace
}  // namespace gthulhu
