// SPDX-License-Identifier: Apache-2.0
#include "app/manager/accounts.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_passwords.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/fake_tokens.h"
#include "tests/fakes/memory_store.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

class AccountsTest : public testing::Test {
 protected:
  AccountsTest() {
    EXPECT_TRUE(directory_.load());
    EXPECT_TRUE(
        ensure_first_account({"admin", "first password"}, clock_, random_, directory_, passwords_));
  }

  User admin() { return *directory_.view()->user_named("admin"); }
  void set_status(UserStatus status) {
    ASSERT_TRUE(directory_.write([&](const AccountView& now, AccountDirectory::Writer& store) {
      User user = *now.user_named("admin");
      user.status = status;
      ++user.revision;
      return store.replace(user, {});
    }));
  }
  Result<Accounts::TokenPair> login(const std::string& password = "first password") {
    return accounts_.login("admin", password, caller_);
  }
  Result<Session> session_of(const std::string& token) {
    return accounts_.session({token, sha256(token)}, caller_);
  }
  std::vector<std::string> audited() {
    audit_.stop();
    const AuditPage page = store_.entries({}).value();
    std::vector<std::string> actions;
    for (const AuditEntry& entry : page.entries) actions.push_back(entry.action);
    std::ranges::reverse(actions);
    return actions;
  }

  FakeClock clock_;
  FakeRandom random_{1};
  MemoryStore store_;
  FakePasswords passwords_;
  FakeTokens tokens_;
  AccountDirectory directory_{store_};
  AuditLog audit_{clock_, store_};
  Accounts accounts_{{clock_,
                      random_,
                      directory_,
                      store_,
                      passwords_,
                      tokens_,
                      audit_,
                      {{},
                       [](const User& user) {
                         return user.username + std::to_string(static_cast<int>(user.status));
                       },
                       {}}}};
  const Caller caller_{"192.0.2.1", "r-1"};
};

TEST_F(AccountsTest, the_right_password_gives_a_token_that_is_a_session) {
  const auto pair = login();
  ASSERT_TRUE(pair) << pair.error().message;
  const auto session = session_of(pair->access);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->user.username, "admin");
  EXPECT_FALSE(session->must_change_password);
  EXPECT_EQ(session->caller.request_id, "r-1");
}

TEST_F(AccountsTest, an_unknown_user_and_a_wrong_password_get_one_answer) {
  const auto unknown = accounts_.login("nobody", "first password", caller_);
  const auto wrong = login("other password");
  ASSERT_FALSE(unknown);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(unknown.error().code, Errc::unauthenticated);
  EXPECT_EQ(unknown.error().message, wrong.error().message);
}

TEST_F(AccountsTest, an_inactive_user_gets_no_token_and_his_old_ones_end_at_once) {
  const auto pair = login();
  set_status(UserStatus::inactive);
  EXPECT_EQ(login().error().message, "user is inactive");
  EXPECT_EQ(session_of(pair->access).error().code, Errc::unauthenticated);
  EXPECT_EQ(accounts_.refresh(pair->refresh, caller_).error().code, Errc::unauthenticated);
}

TEST_F(AccountsTest, a_refresh_token_is_no_access_token_and_the_other_way_round) {
  const auto pair = login();
  EXPECT_EQ(session_of(pair->refresh).error().message, "invalid token type");
  EXPECT_EQ(accounts_.refresh(pair->access, caller_).error().message, "invalid refresh token");
}

TEST_F(AccountsTest, a_refresh_token_gives_the_next_pair) {
  const auto first = login();
  clock_.advance(1h);
  const auto second = accounts_.refresh(first->refresh, caller_);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_TRUE(session_of(second->access));
  EXPECT_NE(second->refresh, first->refresh);
  EXPECT_TRUE(accounts_.refresh(second->refresh, caller_));
}

TEST_F(AccountsTest, two_refreshes_at_the_same_time_both_work) {
  const auto first = login();
  ASSERT_TRUE(accounts_.refresh(first->refresh, caller_));
  clock_.advance(10s);
  const auto again = accounts_.refresh(first->refresh, caller_);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(accounts_.refresh(again->refresh, caller_));
}

TEST_F(AccountsTest, a_replaced_refresh_token_that_comes_back_later_ends_its_family) {
  const auto first = login();
  const auto other_login = login();
  const auto second = accounts_.refresh(first->refresh, caller_);
  ASSERT_TRUE(second);
  clock_.advance(10s + 1ms);
  EXPECT_EQ(accounts_.refresh(first->refresh, caller_).error().message, "refresh token revoked");
  EXPECT_EQ(accounts_.refresh(second->refresh, caller_).error().message, "refresh token revoked");
  EXPECT_TRUE(accounts_.refresh(other_login->refresh, caller_));
}

TEST_F(AccountsTest, logout_ends_one_family_and_logout_everywhere_all_of_them) {
  const auto first = login();
  const auto second = login();
  ASSERT_TRUE(accounts_.logout(first->refresh));
  EXPECT_TRUE(accounts_.logout(first->refresh));
  EXPECT_FALSE(accounts_.refresh(first->refresh, caller_));
  const auto session = session_of(second->access);
  ASSERT_TRUE(accounts_.logout_everywhere(*session));
  EXPECT_EQ(session_of(second->access).error().message, "token revoked");
  EXPECT_FALSE(accounts_.refresh(second->refresh, caller_));
}

TEST_F(AccountsTest, a_user_has_at_most_32_families) {
  const auto oldest = login();
  for (int i = 0; i < 32; ++i) {
    clock_.advance(1s);
    ASSERT_TRUE(login());
  }
  EXPECT_FALSE(accounts_.refresh(oldest->refresh, caller_));
}

TEST_F(AccountsTest, a_password_change_revokes_the_tokens_and_makes_the_account_ready) {
  set_status(UserStatus::must_change_password);
  const auto pair = login();
  const auto session = session_of(pair->access);
  ASSERT_TRUE(session);
  EXPECT_TRUE(session->must_change_password);
  ASSERT_TRUE(accounts_.change_password(*session, "first password", "second password"));
  EXPECT_EQ(session_of(pair->access).error().message, "token revoked");
  EXPECT_FALSE(accounts_.refresh(pair->refresh, caller_));
  const auto fresh = login("second password");
  ASSERT_TRUE(fresh);
  EXPECT_FALSE(session_of(fresh->access)->must_change_password);

  audit_.stop();
  AuditQuery query;
  query.action = "user.password.change";
  const AuditPage page = store_.entries(query).value();
  ASSERT_EQ(page.entries.size(), 1u);
  EXPECT_EQ(page.entries[0].before, "admin3");
  EXPECT_EQ(page.entries[0].after, "admin1");
}

TEST_F(AccountsTest, a_password_change_needs_the_old_one_and_a_long_enough_new_one) {
  const auto session = session_of(login()->access);
  EXPECT_EQ(accounts_.change_password(*session, "wrong", "second password").error().code,
            Errc::unauthenticated);
  EXPECT_EQ(accounts_.change_password(*session, "first password", "short").error().code,
            Errc::invalid_argument);
  EXPECT_TRUE(login());
}

TEST_F(AccountsTest, whoever_guesses_too_often_has_to_wait_even_with_the_right_password) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(login("guess").error().code, Errc::unauthenticated);
  }
  const auto refused = login();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::too_many);
  EXPECT_GT(refused.error().retry_after, 0ms);
  EXPECT_EQ(accounts_.login("nobody", "guess", caller_).error().code, Errc::unauthenticated);
  clock_.advance(6s);
  EXPECT_TRUE(login());
}

TEST_F(AccountsTest, unknown_names_are_throttled_like_known_ones) {
  for (int i = 0; i < 10; ++i) (void)accounts_.login("nobody", "guess", caller_);
  EXPECT_EQ(accounts_.login("nobody", "guess", caller_).error().code, Errc::too_many);
}

TEST_F(AccountsTest, logins_and_refusals_are_written_down) {
  const auto pair = login();
  (void)login("wrong");
  const auto session = session_of(pair->access);
  ASSERT_TRUE(accounts_.change_password(*session, "first password", "second password"));
  const std::vector<std::string> actions = audited();
  for (const char* action :
       {"user.create", "session.login", "session.refused-login", "user.password.change"}) {
    EXPECT_EQ(std::ranges::count(actions, action), 1) << action;
  }
}

TEST_F(AccountsTest, every_refused_login_is_written_down_but_no_name_that_no_user_has) {
  (void)accounts_.login("a password in the wrong field", "x", caller_);
  for (int i = 0; i < 10; ++i) (void)login("guess");
  (void)login();  // throttled
  clock_.advance(60s);
  set_status(UserStatus::inactive);
  (void)login();
  audit_.stop();
  AuditQuery query;
  query.action = "session.refused-login";
  std::vector<std::string> seen;
  const AuditPage page = store_.entries(query).value();
  for (const AuditEntry& entry : page.entries) {
    if (entry.after.empty()) seen.push_back(entry.username + ": " + entry.reason);
  }
  std::ranges::sort(seen);
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_EQ(seen[0], ": invalid username or password");
  EXPECT_EQ(seen[1], "admin: invalid username or password");
  EXPECT_TRUE(seen[2].starts_with("admin: too many failed logins"));
  EXPECT_EQ(seen[3], "admin: user is inactive");
}

TEST_F(AccountsTest, a_second_start_leaves_the_account_alone) {
  const auto again =
      ensure_first_account({"admin", "other password"}, clock_, random_, directory_, passwords_);
  ASSERT_TRUE(again);
  EXPECT_FALSE(*again);
  EXPECT_TRUE(login());
}

TEST_F(AccountsTest, a_made_up_password_must_be_changed) {
  const auto made_up =
      ensure_first_account({"other", std::nullopt}, clock_, random_, directory_, passwords_);
  ASSERT_TRUE(made_up);
  ASSERT_TRUE(*made_up);
  const auto session = session_of(accounts_.login("other", **made_up, caller_)->access);
  EXPECT_TRUE(session->must_change_password);
}

}  // namespace
}  // namespace gthulhu
