// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/verification_keys.h"

#include <gtest/gtest.h>

#include "adapters/crypto/jwt_tokens.h"
#include "tests/fakes/memory_store.h"

namespace gthulhu {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr TimePoint start{seconds{1'764'000'000}};
constexpr hours life{25};

const RsaKey& key(std::size_t which) {
  static const auto* const keys =
      new std::vector<RsaKey>{RsaKey::generate().value(), RsaKey::generate().value()};
  return keys->at(which);
}

class VerificationKeys : public testing::Test {
 protected:
  // A start of the program at which `signing` is the key.
  std::vector<RsaKey> start_with(const RsaKey& signing, TimePoint now) {
    auto retired = retire_other_keys(store_, signing, life, DemoKeys::refused, old_keys_, now);
    EXPECT_TRUE(retired) << retired.error().text();
    unreadable_ = retired->unreadable;
    return retired->keys;
  }

  std::vector<VerificationKey> stored() { return store_.verification_keys().value(); }

  MemoryStore store_;
  std::vector<std::string> unreadable_;
  OldKeys old_keys_ = OldKeys::kept;
};

TEST_F(VerificationKeys, a_first_start_writes_down_the_public_half_of_the_key_that_signs) {
  EXPECT_TRUE(start_with(key(0), start).empty());
  EXPECT_EQ(
      stored(),
      (std::vector<VerificationKey>{{key(0).thumbprint(), key(0).public_pem(), std::nullopt}}));
}

TEST_F(VerificationKeys, tokens_of_the_key_before_are_taken_until_the_last_of_them_has_ended) {
  start_with(key(0), start);
  const auto retired = start_with(key(1), start + hours{1});
  ASSERT_EQ(retired.size(), 1u);
  EXPECT_EQ(retired[0], key(0));

  // A restart does not begin that time anew.
  EXPECT_EQ(start_with(key(1), start + hours{1} + life - seconds{1}).size(), 1u);
  EXPECT_EQ(start_with(key(1), start + hours{1} + life).size(), 0u);
  EXPECT_EQ(stored().size(), 1u);
}

TEST_F(VerificationKeys, that_are_forgotten_go_whatever_the_clock_said_when_they_retired) {
  start_with(key(0), start + hours{9});
  EXPECT_EQ(start_with(key(1), start + hours{9}).size(), 1u);
  old_keys_ = OldKeys::forgotten;
  EXPECT_TRUE(start_with(key(1), start).empty());
  EXPECT_EQ(stored().size(), 1u);
}

TEST_F(VerificationKeys, a_key_that_signs_again_is_not_retired) {
  start_with(key(0), start);
  start_with(key(1), start + hours{1});
  const auto retired = start_with(key(0), start + hours{2});
  ASSERT_EQ(retired.size(), 1u);
  EXPECT_EQ(retired[0], key(1));
  for (const VerificationKey& known : stored()) {
    EXPECT_EQ(known.retired.has_value(), known.id == key(1).thumbprint());
  }
}

TEST_F(VerificationKeys, a_demo_key_is_good_for_nothing_once_it_is_no_longer_allowed) {
  const VerificationKey demo{"ZN045Tt13k0VcGaoEyYN8hJ5pCJ4hBtE-wFv3pNilhc", "x", std::nullopt};
  ASSERT_TRUE(store_.put_verification_key(demo));
  EXPECT_TRUE(start_with(key(0), start).empty());
  EXPECT_EQ(stored().size(), 1u);
}

TEST_F(VerificationKeys, a_stored_key_that_is_none_or_another_is_named_and_not_used) {
  ASSERT_TRUE(store_.put_verification_key({"a", "no key", std::nullopt}));
  ASSERT_TRUE(store_.put_verification_key({"b", key(1).public_pem(), std::nullopt}));
  EXPECT_TRUE(start_with(key(0), start).empty());
  EXPECT_EQ(unreadable_, (std::vector<std::string>{"a", "b"}));
}

TEST_F(VerificationKeys, a_token_of_before_the_change_of_keys_is_good_after_it) {
  const JwtTokens::Lifetimes lifetimes{hours{3}, hours{24}};
  JwtTokens before(key(0), lifetimes, start_with(key(0), start));
  const AccessClaims claims{UserId("u"), false, 1};
  const std::string token = before.sign(claims, start).value();
  JwtTokens after(key(1), lifetimes, start_with(key(1), start + hours{1}));
  EXPECT_EQ(after.check({token, sha256(token)}, start + hours{1}).value(), claims);
  JwtTokens much_later(key(1), lifetimes, start_with(key(1), start + hours{30}));
  EXPECT_FALSE(much_later.check({token, sha256(token)}, start + hours{2}).has_value());
}

}  // namespace
}  // namespace gthulhu
