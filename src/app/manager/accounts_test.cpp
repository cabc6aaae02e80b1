// SPDX-License-Identifier: Apache-2.0
#include "app/manager/accounts.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_passwords.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/fake_tokens.h"
#include "tests/fakes/memory_store.h"

namespace gthulhu {
namespace {

class AccountsTest : public testing::Test {
 protected:
  AccountsTest() {
    EXPECT_TRUE(
        ensure_first_account({"admin", "first password"}, clock_, random_, store_, passwords_));
  }

  User admin() { return **store_.user_named("admin"); }
  void set_status(UserStatus status) {
    User user = admin();
    user.status = status;
    ASSERT_TRUE(store_.replace(user, {}));
  }

  FakeClock clock_;
  FakeRandom random_{1};
  MemoryStore store_;
  FakePasswords passwords_;
  FakeTokens tokens_;
  Accounts accounts_{clock_, store_, passwords_, tokens_};
};

TEST_F(AccountsTest, the_right_password_gives_a_token_that_is_a_session) {
  const auto token = accounts_.login("admin", "first password");
  ASSERT_TRUE(token) << token.error().message;
  const auto session = accounts_.session(*token);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->user.username, "admin");
  EXPECT_FALSE(session->must_change_password);
}

TEST_F(AccountsTest, an_unknown_user_and_a_wrong_password_get_one_answer) {
  const auto unknown = accounts_.login("nobody", "first password");
  const auto wrong = accounts_.login("admin", "other password");
  ASSERT_FALSE(unknown);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(unknown.error().code, Errc::unauthenticated);
  EXPECT_EQ(unknown.error().message, wrong.error().message);
}

TEST_F(AccountsTest, an_inactive_user_gets_no_token_and_his_old_one_ends_at_once) {
  const auto token = accounts_.login("admin", "first password");
  set_status(UserStatus::inactive);
  EXPECT_EQ(accounts_.login("admin", "first password").error().message, "user is inactive");
  EXPECT_EQ(accounts_.session(*token).error().code, Errc::unauthenticated);
}

TEST_F(AccountsTest, a_password_change_revokes_the_tokens_and_makes_the_account_ready) {
  set_status(UserStatus::must_change_password);
  const auto token = accounts_.login("admin", "first password");
  const auto session = accounts_.session(*token);
  ASSERT_TRUE(session);
  EXPECT_TRUE(session->must_change_password);
  ASSERT_TRUE(accounts_.change_password(*session, "first password", "second password"));
  EXPECT_EQ(accounts_.session(*token).error().message, "token revoked");
  const auto fresh = accounts_.login("admin", "second password");
  ASSERT_TRUE(fresh);
  EXPECT_FALSE(accounts_.session(*fresh)->must_change_password);
}

TEST_F(AccountsTest, a_password_change_needs_the_old_one_and_a_long_enough_new_one) {
  const auto session = accounts_.session(*accounts_.login("admin", "first password"));
  EXPECT_EQ(accounts_.change_password(*session, "wrong", "second password").error().code,
            Errc::unauthenticated);
  EXPECT_EQ(accounts_.change_password(*session, "first password", "short").error().code,
            Errc::invalid_argument);
  EXPECT_TRUE(accounts_.login("admin", "first password"));
}

TEST_F(AccountsTest, a_second_start_leaves_the_account_alone) {
  const auto again =
      ensure_first_account({"admin", "other password"}, clock_, random_, store_, passwords_);
  ASSERT_TRUE(again);
  EXPECT_FALSE(*again);
  EXPECT_TRUE(accounts_.login("admin", "first password"));
}

TEST_F(AccountsTest, a_made_up_password_must_be_changed) {
  const auto made_up =
      ensure_first_account({"other", std::nullopt}, clock_, random_, store_, passwords_);
  ASSERT_TRUE(made_up);
  ASSERT_TRUE(*made_up);
  const auto session = accounts_.session(*accounts_.login("other", **made_up));
  EXPECT_TRUE(session->must_change_password);
}

}  // namespace
}  // namespace gthulhu
