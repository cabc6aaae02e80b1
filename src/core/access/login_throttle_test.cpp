// SPDX-License-Identifier: Apache-2.0
#include "core/access/login_throttle.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr MonotonicTime start{hours{1}};

std::string address(int number) {
  return "192.0.2." + std::to_string(number);
}

TEST(LoginThrottle, an_account_has_ten_failures_and_then_one_in_six_seconds) {
  LoginThrottle throttle;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(throttle.check("anna", address(i), start));
    throttle.failed("anna", address(i), start);
  }
  const auto refused = throttle.check("anna", address(200), start);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::too_many);
  EXPECT_EQ(refused.error().message, "too many failed logins: try again in 6 s");
  EXPECT_EQ(refused.error().retry_after, seconds{6});

  EXPECT_TRUE(throttle.check("otto", address(1), start));
  EXPECT_FALSE(throttle.check("anna", address(1), start + milliseconds{5'999}));
  EXPECT_TRUE(throttle.check("anna", address(1), start + seconds{6}));
  throttle.failed("anna", address(1), start + seconds{6});
  EXPECT_FALSE(throttle.check("anna", address(1), start + seconds{6}));
}

TEST(LoginThrottle, an_address_has_sixty_failures_over_all_accounts_and_then_one_each_second) {
  LoginThrottle throttle;
  for (int i = 0; i < 60; ++i) {
    EXPECT_TRUE(throttle.check("user" + std::to_string(i), "192.0.2.1", start)) << i;
    throttle.failed("user" + std::to_string(i), "192.0.2.1", start);
  }
  EXPECT_EQ(throttle.check("anna", "192.0.2.1", start).error().retry_after, seconds{1});
  EXPECT_TRUE(throttle.check("anna", "192.0.2.2", start));
  EXPECT_TRUE(throttle.check("anna", "192.0.2.1", start + seconds{1}));
}

TEST(LoginThrottle, whatever_fails_while_nothing_is_left_does_not_make_the_wait_longer) {
  LoginThrottle throttle;
  for (int i = 0; i < 1'000; ++i) throttle.failed("anna", address(i % 250), start);
  EXPECT_EQ(throttle.check("anna", "192.0.2.255", start).error().retry_after, seconds{6});
  EXPECT_TRUE(throttle.check("anna", "192.0.2.255", start + seconds{6}));
}

TEST(LoginThrottle, all_failures_are_forgiven_after_a_while) {
  LoginThrottle throttle;
  for (int i = 0; i < 10; ++i) throttle.failed("anna", "192.0.2.1", start);
  const MonotonicTime later = start + seconds{60};
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(throttle.check("anna", "192.0.2.1", later)) << i;
    throttle.failed("anna", "192.0.2.1", later);
  }
  EXPECT_FALSE(throttle.check("anna", "192.0.2.1", later));
}

TEST(FailureLimit, the_key_that_failed_least_recently_makes_room) {
  FailureLimit limit({1, hours{1}}, 3);
  for (const char* key : {"a", "b", "c"}) limit.charge(sha256(key), start);
  limit.charge(sha256("a"), start + seconds{1});
  limit.charge(sha256("d"), start + seconds{2});
  EXPECT_EQ(limit.wait(sha256("b"), start + seconds{2}), milliseconds{0});
  for (const char* key : {"a", "c", "d"}) {
    EXPECT_GT(limit.wait(sha256(key), start + seconds{2}), milliseconds{0}) << key;
  }
}

}  // namespace
}  // namespace gthulhu
