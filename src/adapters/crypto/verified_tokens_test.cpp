// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/verified_tokens.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

using std::chrono::seconds;

constexpr TimePoint now{seconds{1'000}};

VerifiedTokens::Entry entry(const std::string& user) {
  return {{UserId(user), false, 1}, 1'000, 1'100};
}

Digest token(std::size_t number) {
  return sha256("token " + std::to_string(number));
}

TEST(VerifiedTokens, what_was_added_is_found_and_nothing_else) {
  VerifiedTokens tokens;
  tokens.add(token(1), entry("anna"));
  EXPECT_EQ(tokens.find(token(1), now), entry("anna").claims);
  EXPECT_EQ(tokens.find(token(2), now), std::nullopt);
}

TEST(VerifiedTokens, an_entry_is_good_from_nbf_until_exp_whenever_it_is_asked_for) {
  VerifiedTokens tokens;
  tokens.add(token(1), entry("anna"));
  EXPECT_FALSE(tokens.find(token(1), now - seconds{1}));
  EXPECT_TRUE(tokens.find(token(1), now + seconds{99}));
  EXPECT_FALSE(tokens.find(token(1), now + seconds{100}));
  EXPECT_TRUE(tokens.find(token(1), now)) << "somebody set the clock back";
}

TEST(VerifiedTokens, those_that_are_shown_stay_and_the_others_make_room) {
  VerifiedTokens tokens(100);
  tokens.add(token(0), entry("busy"));
  tokens.add(token(1), entry("idle"));
  for (std::size_t number = 2; number < 1'000; ++number) {
    tokens.add(token(number), entry("other"));
    EXPECT_TRUE(tokens.find(token(0), now)) << number;
  }
  EXPECT_FALSE(tokens.find(token(1), now));
  std::size_t held = 0;
  for (std::size_t number = 0; number < 1'000; ++number) {
    if (tokens.find(token(number), now)) ++held;
  }
  EXPECT_LE(held, 100u);
}

}  // namespace
}  // namespace gthulhu
