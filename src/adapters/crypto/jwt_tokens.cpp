// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/jwt_tokens.h"

namespace gthulhu {
namespace {

constexpr std::size_t longest_client_id = 256;
constexpr std::string_view access_type = "access";
constexpr std::string_view refresh_type = "refresh";

// What both kinds of token end with. `sub` is left out when it is empty, as in Go.
void append_registered(wire::Value::Object& claims,
                       const Jwt::Parties& parties,
                       std::string_view subject,
                       std::chrono::seconds lifetime,
                       TimePoint now) {
  claims.emplace_back("iss", parties.issuer);
  if (!subject.empty()) claims.emplace_back("sub", subject);
  claims.emplace_back("aud", parties.audience);
  claims.emplace_back("exp", numeric_date(now + lifetime));
  claims.emplace_back("nbf", numeric_date(now));
  claims.emplace_back("iat", numeric_date(now));
}

template <class T>
const T* claim(const wire::Value& claims, std::string_view name) {
  const wire::Value* value = claims.find(name);
  return value == nullptr ? nullptr : value->as<T>();
}

bool is_of_type(const wire::Value& claims, std::string_view wanted) {
  const auto* type = claim<std::string>(claims, "tokenType");
  return type != nullptr && *type == wanted;
}

// What both tokens of a user begin with.
wire::Value::Object user_claims(const AccessClaims& claims, std::string_view type) {
  return {{"uid", claims.user.str()},
          {"needChangePassword", claims.must_change_password},
          {"tokenVersion", claims.token_version},
          {"tokenType", type}};
}

Result<AccessClaims> user_claims_of(const wire::Value& claims) {
  const auto* user = claim<std::string>(claims, "uid");
  const auto* must_change = claim<bool>(claims, "needChangePassword");
  const auto* version = claim<std::int64_t>(claims, "tokenVersion");
  if (user == nullptr || user->empty() || must_change == nullptr || version == nullptr) {
    return Error{Errc::unauthenticated, "invalid token claims", ""};
  }
  return AccessClaims{UserId(*user), *must_change, *version};
}

// Of claims of which Jwt::check() has seen that both times are there.
VerifiedTokens::Entry in_force(AccessClaims access, const wire::Value& claims) {
  return {std::move(access), *claim<std::int64_t>(claims, "nbf"),
          *claim<std::int64_t>(claims, "exp")};
}

// `exp` as a time.
TimePoint end_of(TimePoint now, std::chrono::seconds lifetime) {
  return std::chrono::floor<std::chrono::seconds>(now + lifetime);
}

}  // namespace

JwtTokens::JwtTokens(RsaKey key, Lifetimes lifetimes, std::vector<RsaKey> previous)
    : jwt_(std::move(key),
           std::move(previous),
           {.issuer = "bss-api-server", .audience = "gthulhu-manager"}),
      lifetimes_(lifetimes) {}

Result<std::string> JwtTokens::sign(const AccessClaims& claims, TimePoint now) {
  wire::Value::Object object = user_claims(claims, access_type);
  append_registered(object, jwt_.parties(), claims.user.str(), lifetimes_.access, now);
  return jwt_.sign(object);
}

Result<AccessClaims> JwtTokens::check(const ShownToken& token, TimePoint now) {
  return verified_.check(token, now, [&]() -> Result<VerifiedTokens::Entry> {
    const wire::Value claims = TRY(jwt_.check(token.text, now));
    if (!is_of_type(claims, access_type)) {
      return Error{Errc::unauthenticated, "invalid token type", ""};
    }
    return in_force(TRY(user_claims_of(claims)), claims);
  });
}

Result<IssuedToken> JwtTokens::sign_refresh(const RefreshClaims& claims, TimePoint now) {
  wire::Value::Object object = user_claims(claims.access, refresh_type);
  append_registered(object, jwt_.parties(), claims.access.user.str(), lifetimes_.refresh, now);
  object.emplace_back("jti", claims.session.str());
  object.emplace_back("fam", claims.family.str());
  std::string token = TRY(jwt_.sign(object));
  return IssuedToken{std::move(token), end_of(now, lifetimes_.refresh)};
}

Result<RefreshClaims> JwtTokens::check_refresh(std::string_view token, TimePoint now) {
  const wire::Value claims = TRY(jwt_.check(token, now));
  const auto* session = claim<std::string>(claims, "jti");
  if (!is_of_type(claims, refresh_type) || session == nullptr || session->empty()) {
    return Error{Errc::unauthenticated, "invalid refresh token", ""};
  }
  // Tokens of the Go system have none; who it belongs to is known by the session.
  const auto* family = claim<std::string>(claims, "fam");
  AccessClaims access = TRY(user_claims_of(claims));
  return RefreshClaims{std::move(access), SessionId(*session),
                       family == nullptr ? FamilyId() : FamilyId(*family)};
}

JwtAgentTokens::JwtAgentTokens(RsaKey key,
                               std::chrono::seconds lifetime,
                               std::vector<RsaKey> previous)
    : jwt_(std::move(key),
           std::move(previous),
           {.issuer = "decision-maker-service", .audience = "gthulhu-decisionmaker"}),
      lifetime_(lifetime) {}

Result<IssuedToken> JwtAgentTokens::sign(std::string_view client_id, TimePoint now) {
  if (client_id.size() > longest_client_id) {
    return Error{Errc::invalid_argument, "client_id must have at most 256 bytes", ""};
  }
  wire::Value::Object object{{"client_id", client_id}};
  append_registered(object, jwt_.parties(), client_id, lifetime_, now);
  std::string token = TRY(jwt_.sign(object));
  return IssuedToken{std::move(token), end_of(now, lifetime_)};
}

Result<> JwtAgentTokens::check(const ShownToken& token, TimePoint now) {
  TRY(verified_.check(token, now, [&]() -> Result<VerifiedTokens::Entry> {
    return in_force({}, TRY(jwt_.check(token.text, now)));
  }));
  return {};
}

bool JwtAgentTokens::is_own_public_key(std::string_view pem) const {
  const auto key = RsaKey::parse_public(pem);
  return key.has_value() && *key == jwt_.key();
}

}  // namespace gthulhu
