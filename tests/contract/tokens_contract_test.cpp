// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "adapters/crypto/jwt_tokens.h"
#include "tests/fakes/fake_tokens.h"

namespace gthulhu {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr TimePoint now{seconds{1'764'000'000}};

const RsaKey& some_key() {
  static const auto* const key = new RsaKey(RsaKey::generate().value());
  return *key;
}

ShownToken shown(std::string_view token) {
  return {token, sha256(token)};
}

// Both kinds of token, good for three hours.
struct TokensKind {
  std::string name;
  std::function<std::unique_ptr<Tokens>()> users;
  std::function<std::unique_ptr<AgentTokens>()> agents;
  std::function<std::string()> public_key;
};

class TokensContract : public ::testing::TestWithParam<TokensKind> {
 protected:
  std::unique_ptr<Tokens> users_ = GetParam().users();
  std::unique_ptr<AgentTokens> agents_ = GetParam().agents();
};

TEST_P(TokensContract, an_access_token_says_what_was_signed) {
  for (const AccessClaims& claims : {AccessClaims{UserId("64b000000000000000000001"), false, 0},
                                     AccessClaims{UserId("64b000000000000000000002"), true, 7}}) {
    EXPECT_EQ(users_->check(shown(users_->sign(claims, now).value()), now).value(), claims);
  }
}

TEST_P(TokensContract, an_access_token_ends) {
  const std::string token = users_->sign({UserId("u"), false, 0}, now).value();

  EXPECT_TRUE(users_->check(shown(token), now + hours{3} - seconds{1}).has_value());
  EXPECT_EQ(users_->check(shown(token), now + hours{3}).error().code, Errc::unauthenticated);
}

TEST_P(TokensContract, a_refresh_token_says_what_was_signed_and_when_it_ends) {
  const RefreshClaims claims{{UserId("64b000000000000000000001"), true, 7},
                             SessionId("64b000000000000000000002"),
                             FamilyId("64b000000000000000000003")};
  const IssuedToken issued = users_->sign_refresh(claims, now).value();

  EXPECT_EQ(issued.expires, now + hours{24});
  EXPECT_EQ(users_->check_refresh(issued.token, now).value(), claims);
  EXPECT_EQ(users_->check_refresh(issued.token, issued.expires).error().code,
            Errc::unauthenticated);
}

TEST_P(TokensContract, access_and_refresh_tokens_are_not_taken_for_each_other) {
  const AccessClaims claims{UserId("u"), false, 0};
  const std::string access = users_->sign(claims, now).value();
  const std::string refresh =
      users_->sign_refresh({claims, SessionId("s"), FamilyId("f")}, now)->token;

  EXPECT_EQ(users_->check(shown(refresh), now).error().message, "invalid token type");
  EXPECT_EQ(users_->check_refresh(access, now).error().message, "invalid refresh token");
}

TEST_P(TokensContract, the_refresh_tokens_of_two_sessions_differ) {
  const AccessClaims claims{UserId("u"), false, 0};
  EXPECT_NE(users_->sign_refresh({claims, SessionId("s"), FamilyId("f")}, now)->token,
            users_->sign_refresh({claims, SessionId("t"), FamilyId("f")}, now)->token);
}

TEST_P(TokensContract, an_agent_token_says_when_it_ends_and_does) {
  const auto issued = agents_->sign("manager", now).value();

  EXPECT_EQ(issued.expires, now + hours{3});
  EXPECT_TRUE(agents_->check(shown(issued.token), now).has_value());
  EXPECT_EQ(agents_->check(shown(issued.token), issued.expires).error().code,
            Errc::unauthenticated);
}

TEST_P(TokensContract, whatever_is_no_token_is_refused) {
  const std::string user = users_->sign({UserId("u"), false, 0}, now).value();
  const std::string agent = agents_->sign("manager", now).value().token;
  for (const std::string& text : {std::string(), std::string("x"), std::string("..."), agent}) {
    EXPECT_EQ(users_->check(shown(text), now).error().code, Errc::unauthenticated) << text;
    EXPECT_EQ(users_->check_refresh(text, now).error().code, Errc::unauthenticated) << text;
  }
  for (const std::string& text : {std::string(), std::string("x"), std::string("..."), user}) {
    EXPECT_EQ(agents_->check(shown(text), now).error().code, Errc::unauthenticated) << text;
  }
}

TEST_P(TokensContract, an_agent_knows_its_own_public_key) {
  EXPECT_TRUE(agents_->is_own_public_key(GetParam().public_key()));
  EXPECT_FALSE(agents_->is_own_public_key("x"));
  EXPECT_FALSE(agents_->is_own_public_key(""));
}

INSTANTIATE_TEST_SUITE_P(
    Tokens,
    TokensContract,
    ::testing::Values(TokensKind{
                          "jwt",
                          [] {
                            return std::make_unique<JwtTokens>(
                                some_key(), JwtTokens::Lifetimes{hours{3}, hours{24}});
                          },
                          [] { return std::make_unique<JwtAgentTokens>(some_key(), hours{3}); },
                          [] { return some_key().public_pem(); }},
                      TokensKind{"fake", [] { return std::make_unique<FakeTokens>(hours{3}); },
                                 [] { return std::make_unique<FakeAgentTokens>(hours{3}); },
                                 [] { return std::string("fake public key"); }}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gthulhu
