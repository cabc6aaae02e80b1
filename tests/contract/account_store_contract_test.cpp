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
  ASSERT_TRUE(accounts().replace(changed, {}).has_value());

  reopen();

  EXPECT_EQ(accounts().user(UserId("a")).value(), changed);
  EXPECT_EQ(accounts().user_named("anna").value(), std::nullopt);
  EXPECT_TRUE(accounts().replace(changed, {}).has_value());  // with itself
}

TEST_P(AccountStoreContract, replacing_nobody_is_not_found) {
  EXPECT_EQ(accounts().replace(somebody("a", "anna"), {}).error().code, Errc::not_found);
  EXPECT_EQ(accounts().user_named("anna").value(), std::nullopt);
}

TEST_P(AccountStoreContract, nobody_can_take_the_name_of_another) {
  ASSERT_TRUE(accounts().add(somebody("a", "anna"), {}).has_value());
  ASSERT_TRUE(accounts().add(somebody("b", "otto"), {}).has_value());

  EXPECT_EQ(accounts().replace(somebody("b", "anna"), {}).error().code, Errc::conflict);
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

INSTANTIATE_TEST_SUITE_P(Stores,
                         AccountStoreContract,
                         ::testing::ValuesIn(store_kinds()),
                         kind_name);

}  // namespace
}  // namespace gthulhu
