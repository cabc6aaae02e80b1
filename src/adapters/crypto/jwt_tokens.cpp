// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/jwt_tokens.h"

namespace gthulhu {
namespace {

constexpr std::size_t longest_client_id = 256;
constexpr std::string_view access_type = "access";

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

}  // namespace

JwtTokens::JwtTokens(RsaKey key, std::chrono::seconds lifetime, std::vector<RsaKey> previous)
    : jwt_(std::move(key),
           std::move(previous),
           {.issuer = "bss-api-server", .audience = "gthulhu-manager"}),
      lifetime_(lifetime) {}

Result<std::string> JwtTokens::sign(const AccessClaims& claims, TimePoint now) {
  wire::Value::Object object{{"uid", claims.user.str()},
                             {"needChangePassword", claims.must_change_password},
                             {"tokenVersion", claims.token_version},
                             {"tokenType", access_type}};
  append_registered(object, jwt_.parties(), claims.user.str(), lifetime_, now);
  return jwt_.sign(object);
}

Result<AccessClaims> JwtTokens::check(std::string_view token, TimePoint now) {
  const wire::Value claims = TRY(jwt_.check(token, now));
  const auto* type = claim<std::string>(claims, "tokenType");
  if (type == nullptr || *type != access_type) return refused_token("not an access token");
  const auto* user = claim<std::string>(claims, "uid");
  const auto* must_change = claim<bool>(claims, "needChangePassword");
  const auto* version = claim<std::int64_t>(claims, "tokenVersion");
  if (user == nullptr || user->empty() || must_change == nullptr || version == nullptr) {
    return refused_token("a claim is missing");
  }
  return AccessClaims{UserId(*user), *must_change, *version};
}

JwtAgentTokens::JwtAgentTokens(RsaKey key,
                               std::chrono::seconds lifetime,
                               std::vector<RsaKey> previous)
    : jwt_(std::move(key),
           std::move(previous),
           {.issuer = "decision-maker-service", .audience = "gthulhu-decisionmaker"}),
      lifetime_(lifetime) {}

Result<AgentTokens::Issued> JwtAgentTokens::sign(std::string_view client_id, TimePoint now) {
  if (client_id.size() > longest_client_id) {
    return Error{Errc::invalid_argument, "client_id must have at most 256 bytes", ""};
  }
  wire::Value::Object object{{"client_id", client_id}};
  append_registered(object, jwt_.parties(), client_id, lifetime_, now);
  std::string token = TRY(jwt_.sign(object));
  return Issued{std::move(token), std::chrono::floor<std::chrono::seconds>(now + lifetime_)};
}

Result<> JwtAgentTokens::check(std::string_view token, TimePoint now) {
  TRY(jwt_.check(token, now));
  return {};
}

bool JwtAgentTokens::is_own_public_key(std::string_view pem) const {
  const auto key = RsaKey::parse_public(pem);
  return key.has_value() && *key == jwt_.key();
}

}  // namespace gthulhu
