// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/jwt_tokens.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/text.h"

namespace gthulhu {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint now{seconds{1'764'000'000} + milliseconds{250}};

const RsaKey& key(std::size_t which) {
  static const auto* const keys =
      new std::vector<RsaKey>{RsaKey::generate().value(), RsaKey::generate().value()};
  return keys->at(which);
}

constexpr JwtTokens::Lifetimes lifetimes{.access = hours{3}, .refresh = hours{24}};

const AccessClaims claims{UserId("64b000000000000000000001"), true, 7};

std::string part(const std::string& token, std::size_t which) {
  return decode_base64(Base64::url, split(token, '.').at(which)).value();
}

std::string signed_with(const RsaKey& signer, const std::string& header, const std::string& body) {
  const std::string text =
      encode_base64(Base64::url, header) + "." + encode_base64(Base64::url, body);
  return text + "." + encode_base64(Base64::url, signer.sign(text).value());
}

std::string header_of(const RsaKey& signer) {
  return R"({"alg":"RS256","typ":"JWT","kid":")" + signer.thumbprint() + R"("})";
}

ShownToken shown(std::string_view token) {
  return {token, sha256(token)};
}

constexpr std::string_view good_body =
    R"({"uid":"u","needChangePassword":false,"tokenVersion":1,"tokenType":"access","iss":"bss-api-server",)"
    R"("sub":"u","aud":"gthulhu-manager","exp":1764000100,"nbf":1764000000,"iat":1764000000})";

// good_body with `from` replaced by `to`.
std::string body_with(std::string_view from, std::string_view to) {
  std::string body(good_body);
  return body.replace(body.find(from), from.size(), to);
}

TEST(JwtTokens, an_access_token_says_what_the_contract_says_in_its_order) {
  JwtTokens tokens(key(0), lifetimes);
  const std::string token = tokens.sign(claims, now).value();

  EXPECT_EQ(part(token, 0), header_of(key(0)));
  EXPECT_EQ(part(token, 1),
            R"({"uid":"64b000000000000000000001","needChangePassword":true,"tokenVersion":7,)"
            R"("tokenType":"access","iss":"bss-api-server","sub":"64b000000000000000000001",)"
            R"("aud":"gthulhu-manager","exp":1764010800,"nbf":1764000000,"iat":1764000000})");
}

TEST(JwtTokens, a_token_is_good_from_its_first_to_before_its_last_second) {
  JwtTokens tokens(key(0), lifetimes);
  const std::string token = tokens.sign(claims, now).value();

  EXPECT_EQ(tokens.check(shown(token), now).value(), claims);
  EXPECT_TRUE(tokens.check(shown(token), now + hours{3} - seconds{1}).has_value());
  EXPECT_EQ(tokens.check(shown(token), now + hours{3}).error().code, Errc::unauthenticated);
  EXPECT_EQ(tokens.check(shown(token), now - seconds{1}).error().code, Errc::unauthenticated);
}

TEST(JwtTokens, tokens_of_a_previous_key_are_taken_and_new_ones_signed_with_the_present) {
  JwtTokens before(key(0), lifetimes);
  JwtTokens after(key(1), lifetimes, {RsaKey::parse_public(key(0).public_pem()).value()});
  JwtTokens forgetful(key(1), lifetimes);
  const std::string old = before.sign(claims, now).value();

  EXPECT_EQ(after.check(shown(old), now).value(), claims);
  EXPECT_FALSE(forgetful.check(shown(old), now).has_value());
  EXPECT_EQ(part(after.sign(claims, now).value(), 0), header_of(key(1)));
}

TEST(JwtTokens, a_key_that_only_claims_to_be_the_known_one_is_refused) {
  JwtTokens tokens(key(0), lifetimes);
  const std::string body(good_body);

  ASSERT_TRUE(tokens.check(shown(signed_with(key(0), header_of(key(0)), body)), now).has_value());
  EXPECT_FALSE(tokens.check(shown(signed_with(key(1), header_of(key(0)), body)), now).has_value());
  EXPECT_FALSE(tokens.check(shown(signed_with(key(1), header_of(key(1)), body)), now).has_value());
}

TEST(JwtTokens, refuses_every_other_header) {
  JwtTokens tokens(key(0), lifetimes);
  const std::string kid = R"("kid":")" + key(0).thumbprint() + "\"";
  for (const std::string& header :
       {R"({"alg":"none","typ":"JWT",)" + kid + "}", R"({"alg":"HS256","typ":"JWT",)" + kid + "}",
        R"({"alg":"RS512","typ":"JWT",)" + kid + "}", R"({"alg":"rs256","typ":"JWT",)" + kid + "}",
        R"({"typ":"JWT",)" + kid + "}", R"({"alg":"RS256",)" + kid + "}",
        R"({"alg":"RS256","typ":"JWE",)" + kid + "}",
        R"({"alg":"RS256","typ":"JWT","crit":["b64"],)" + kid + "}",
        std::string(R"({"alg":"RS256","typ":"JWT"})"),
        std::string(R"({"alg":"RS256","typ":"JWT","kid":1})"), std::string(R"(["RS256"])"),
        std::string("{")}) {
    const auto checked =
        tokens.check(shown(signed_with(key(0), header, std::string(good_body))), now);
    ASSERT_FALSE(checked.has_value()) << header;
    EXPECT_EQ(checked.error().code, Errc::unauthenticated);
    EXPECT_EQ(checked.error().message, "invalid or expired token");
  }
}

TEST(JwtTokens, refuses_claims_that_are_wrong_or_missing) {
  JwtTokens tokens(key(0), lifetimes);
  for (const std::string& body :
       {body_with("bss-api-server", "somebody"),
        body_with("gthulhu-manager", "gthulhu-decisionmaker"),
        body_with(R"("aud":"gthulhu-manager",)", ""), body_with(R"("iss":"bss-api-server",)", ""),
        body_with(R"("exp":1764000100,)", ""), body_with(R"("nbf":1764000000,)", ""),
        body_with("1764000100", "1764000000"), body_with("1764000100", "\"1764000100\""),
        body_with("\"nbf\":1764000000", "\"nbf\":1764000001"), body_with("access", "refresh"),
        body_with(R"("tokenType":"access",)", ""), body_with(R"("uid":"u",)", ""),
        body_with(R"("uid":"u",)", R"("uid":"",)"), body_with(R"("tokenVersion":1,)", ""),
        body_with(R"("needChangePassword":false,)", ""), std::string("[]"), std::string("{}"),
        std::string("")}) {
    const auto checked = tokens.check(shown(signed_with(key(0), header_of(key(0)), body)), now);
    ASSERT_FALSE(checked.has_value()) << body;
    EXPECT_EQ(checked.error().code, Errc::unauthenticated) << body;
  }
}

TEST(JwtTokens, refuses_what_is_no_token_or_not_in_its_only_form) {
  JwtTokens tokens(key(0), lifetimes);
  const std::string token = tokens.sign(claims, now).value();
  const auto parts = split(token, '.');
  const std::string head = std::string(parts[0]) + "." + std::string(parts[1]) + ".";
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), head, token + "=",
        token + "==", token + ".", " " + token, token.substr(0, token.size() - 1),
        "." + std::string(parts[1]) + "." + std::string(parts[2]),
        std::string(parts[0]) + ".." + std::string(parts[2]), std::string(10'000, 'A'),
        token + std::string(10'000, 'A')}) {
    EXPECT_FALSE(tokens.check(shown(text), now).has_value()) << text;
  }
}

TEST(JwtTokens, a_token_over_the_bound_is_refused_even_with_a_good_signature) {
  JwtTokens tokens(key(0), lifetimes);
  const auto padded = [](std::size_t bytes) {
    const std::string body =
        body_with("\"iat\"", "\"x\":\"" + std::string(bytes, 'x') + "\",\"iat\"");
    return signed_with(key(0), header_of(key(0)), body);
  };

  EXPECT_TRUE(tokens.check(shown(padded(1000)), now).has_value());
  EXPECT_FALSE(tokens.check(shown(padded(8192)), now).has_value());
}

TEST(JwtTokens, a_changed_letter_anywhere_is_noticed) {
  JwtTokens tokens(key(0), lifetimes);
  const std::string token = tokens.sign(claims, now).value();
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.check(shown(changed), now).has_value()) << i;
  }
}

TEST(JwtTokens, a_refresh_token_says_what_the_contract_says_in_its_order_and_its_family) {
  JwtTokens tokens(key(0), lifetimes);
  const RefreshClaims refresh{claims, SessionId("s1"), FamilyId("f1")};
  const IssuedToken issued = tokens.sign_refresh(refresh, now).value();

  EXPECT_EQ(part(issued.token, 1),
            R"({"uid":"64b000000000000000000001","needChangePassword":true,"tokenVersion":7,)"
            R"("tokenType":"refresh","iss":"bss-api-server","sub":"64b000000000000000000001",)"
            R"("aud":"gthulhu-manager","exp":1764086400,"nbf":1764000000,"iat":1764000000,)"
            R"("jti":"s1","fam":"f1"})");
  EXPECT_EQ(issued.expires, TimePoint{seconds{1'764'086'400}});
  EXPECT_EQ(tokens.check_refresh(issued.token, now).value(), refresh);
  EXPECT_FALSE(tokens.check_refresh(issued.token, issued.expires).has_value());
}

TEST(JwtTokens, each_kind_of_token_is_refused_where_the_other_is_wanted_with_the_contracts_text) {
  JwtTokens tokens(key(0), lifetimes);
  const std::string refresh =
      tokens.sign_refresh({claims, SessionId("s1"), FamilyId("f1")}, now)->token;
  EXPECT_EQ(tokens.check(shown(refresh), now).error().message, "invalid token type");
  EXPECT_EQ(tokens.check_refresh(tokens.sign(claims, now).value(), now).error().message,
            "invalid refresh token");
  // Also once it was seen.
  EXPECT_EQ(tokens.check(shown(refresh), now).error().message, "invalid token type");
}

TEST(JwtTokens, a_refresh_token_without_session_is_none) {
  JwtTokens tokens(key(0), lifetimes);
  const std::string body = body_with("access", "refresh");
  const auto with_end = [&](const std::string& end) {
    return signed_with(key(0), header_of(key(0)), body.substr(0, body.size() - 1) + end + "}");
  };
  ASSERT_TRUE(tokens.check_refresh(with_end(R"(,"jti":"s","fam":"f")"), now).has_value());
  ASSERT_TRUE(tokens.check_refresh(with_end(R"(,"jti":"s")"), now).has_value());  // the Go system's
  for (const std::string& end :
       {std::string(), std::string(R"(,"fam":"f")"), std::string(R"(,"jti":"","fam":"f")"),
        std::string(R"(,"jti":1,"fam":"f")")}) {
    EXPECT_EQ(tokens.check_refresh(with_end(end), now).error().message, "invalid refresh token")
        << end;
  }
}

TEST(JwtTokens, a_token_that_was_seen_before_still_ends_and_still_begins) {
  JwtTokens tokens(key(0), lifetimes);
  const std::string token = tokens.sign(claims, now).value();
  ASSERT_TRUE(tokens.check(shown(token), now).has_value());

  EXPECT_TRUE(tokens.check(shown(token), now + hours{3} - seconds{1}).has_value());
  EXPECT_EQ(tokens.check(shown(token), now + hours{3}).error().message, "invalid or expired token");
  EXPECT_EQ(tokens.check(shown(token), now - seconds{1}).error().message,
            "invalid or expired token");
  std::string forged = token;
  forged.back() = forged.back() == 'A' ? 'Q' : 'A';
  EXPECT_FALSE(tokens.check(shown(forged), now).has_value());
}

TEST(JwtAgentTokens, say_what_the_contract_says_in_its_order) {
  JwtAgentTokens tokens(key(0), hours{24});
  const auto issued = tokens.sign("manager", now).value();

  EXPECT_EQ(part(issued.token, 1),
            R"({"client_id":"manager","iss":"decision-maker-service","sub":"manager",)"
            R"("aud":"gthulhu-decisionmaker","exp":1764086400,"nbf":1764000000,"iat":1764000000})");
  EXPECT_EQ(issued.expires, TimePoint{seconds{1'764'086'400}});
  EXPECT_TRUE(tokens.check(shown(issued.token), now).has_value());
  EXPECT_FALSE(tokens.check(shown(issued.token), issued.expires).has_value());
}

TEST(JwtAgentTokens, leave_out_the_subject_of_nobody) {
  JwtAgentTokens tokens(key(0), hours{24});
  const auto issued = tokens.sign("", now).value();

  EXPECT_EQ(part(issued.token, 1).find("sub"), std::string::npos);
  EXPECT_TRUE(tokens.check(shown(issued.token), now).has_value());
}

TEST(JwtAgentTokens, refuse_a_client_id_that_would_make_tokens_nobody_takes) {
  JwtAgentTokens tokens(key(0), hours{24});

  EXPECT_EQ(tokens.sign(std::string(257, 'x'), now).error().code, Errc::invalid_argument);
  EXPECT_TRUE(tokens.check(shown(tokens.sign(std::string(256, '\x01'), now).value().token), now));
}

TEST(JwtAgentTokens, the_two_kinds_of_token_are_not_taken_for_each_other) {
  JwtTokens users(key(0), lifetimes);
  JwtAgentTokens agents(key(0), hours{24});

  EXPECT_FALSE(users.check(shown(agents.sign("manager", now).value().token), now).has_value());
  EXPECT_FALSE(agents.check(shown(users.sign(claims, now).value()), now).has_value());
}

TEST(JwtAgentTokens, know_their_own_public_key) {
  const JwtAgentTokens tokens(key(0), hours{24});

  EXPECT_TRUE(tokens.is_own_public_key(key(0).public_pem()));
  EXPECT_FALSE(tokens.is_own_public_key(key(1).public_pem()));
  EXPECT_FALSE(tokens.is_own_public_key(""));
}

}  // namespace
}  // namespace gthulhu
