// SPDX-License-Identifier: Apache-2.0
#include "app/manager/account_directory.h"

#include <gtest/gtest.h>

#include "tests/fakes/memory_store.h"

namespace gthulhu {
namespace {

class AccountDirectoryTest : public testing::Test {
 protected:
  AccountDirectoryTest() {
    EXPECT_TRUE(store_.add(named("anna"), {}));
    EXPECT_TRUE(directory_.load());
  }

  static User named(const std::string& name) {
    User user;
    user.id = UserId("id of " + name);
    user.username = name;
    user.roles = {RoleName("reader")};
    return user;
  }
  // What the directory says is what a fresh one reads from the store.
  void expect_stored() {
    AccountDirectory fresh(store_);
    ASSERT_TRUE(fresh.load());
    EXPECT_EQ(directory_.view()->users, fresh.view()->users);
    EXPECT_EQ(directory_.view()->names, fresh.view()->names);
    EXPECT_EQ(directory_.view()->roles, fresh.view()->roles);
  }

  MemoryStore store_;
  AccountDirectory directory_{store_};
};

TEST_F(AccountDirectoryTest, what_is_written_is_seen_as_the_store_has_it) {
  Role role;
  role.id = RoleId("r");
  role.name = RoleName("reader");
  ASSERT_TRUE(directory_.write([&](const AccountView& now, AccountDirectory::Writer& store) {
    EXPECT_EQ(now.users.size(), 1u);
    return store.add_role(role, {});
  }));
  expect_stored();
  User renamed = named("anna");
  renamed.username = "otto";
  renamed.revision = 2;
  ASSERT_TRUE(directory_.write([&](const AccountView&, AccountDirectory::Writer& store) {
    return store.replace(renamed, {});
  }));
  EXPECT_EQ(directory_.view()->user_named("anna"), nullptr);
  expect_stored();
  role.name = RoleName("looker");
  role.revision = 2;
  ASSERT_TRUE(directory_.write([&](const AccountView&, AccountDirectory::Writer& store) {
    return store.replace_role(role, {});
  }));
  EXPECT_EQ(directory_.view()->user_named("otto")->roles, std::vector{RoleName("looker")});
  expect_stored();
  ASSERT_TRUE(directory_.write([&](const AccountView&, AccountDirectory::Writer& store) {
    return store.add(named("berta"), {});
  }));
  expect_stored();
}

TEST_F(AccountDirectoryTest, what_the_store_refuses_is_not_seen) {
  store_.fail_with(Error{Errc::unavailable, "the disk is full", ""});
  EXPECT_FALSE(directory_.write([&](const AccountView&, AccountDirectory::Writer& store) {
    return store.add(named("berta"), {});
  }));
  store_.fail_with(std::nullopt);
  EXPECT_EQ(directory_.view()->user_named("berta"), nullptr);
  expect_stored();
}

TEST_F(AccountDirectoryTest, a_change_counts_at_once_even_if_the_store_cannot_be_read_after_it) {
  ASSERT_TRUE(directory_.write([&](const AccountView& now, AccountDirectory::Writer& store) {
    User user = *now.user_named("anna");
    user.status = UserStatus::inactive;
    ++user.revision;
    Result<> done = store.replace(user, {});
    store_.fail_with(Error{Errc::unavailable, "the disk is gone", ""});
    return done;
  }));
  EXPECT_EQ(directory_.view()->user_named("anna")->status, UserStatus::inactive);
}

TEST_F(AccountDirectoryTest, what_another_program_wrote_is_read_before_the_change_is_tried_again) {
  User other = named("anna");
  other.token_version = 7;
  other.revision = 2;
  ASSERT_TRUE(store_.replace(other, {}));
  ASSERT_TRUE(directory_.write([&](const AccountView& now, AccountDirectory::Writer& store) {
    User user = *now.user_named("anna");
    user.status = UserStatus::inactive;
    ++user.revision;
    return store.replace(user, {});
  }));
  EXPECT_EQ(directory_.view()->user_named("anna")->token_version, 7);
  expect_stored();
}

}  // namespace
}  // namespace gthulhu
