// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/jwt.h"

#include <algorithm>

#include "base/base64.h"
#include "base/text.h"

namespace gthulhu {
namespace {

constexpr std::size_t longest_token = 8192;

bool is_text(const wire::Value& object, std::string_view member, std::string_view wanted) {
  const wire::Value* value = object.find(member);
  const std::string* text = value == nullptr ? nullptr : value->as<std::string>();
  return text != nullptr && *text == wanted;
}

// The parser may give a whole number as signed or unsigned.
std::optional<std::int64_t> date(const wire::Value& claims, std::string_view member) {
  const wire::Value* value = claims.find(member);
  if (value == nullptr) return std::nullopt;
  if (const auto* number = value->as<std::int64_t>()) return *number;
  return std::nullopt;
}

}  // namespace

Error refused_token(std::string detail) {
  return Error{Errc::unauthenticated, "invalid or expired token", std::move(detail)};
}

std::int64_t numeric_date(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

Jwt::Jwt(RsaKey key, std::vector<RsaKey> previous, Parties parties)
    : keys_(std::move(previous)), parties_(std::move(parties)) {
  keys_.insert(keys_.begin(), std::move(key));
  const wire::Value header(
      wire::Value::Object{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", keys_.front().thumbprint()}});
  header_ = encode_base64(Base64::url, wire::to_text(header));
}

Result<std::string> Jwt::sign(const wire::Value::Object& claims) const {
  std::string token = header_ + "." + encode_base64(Base64::url, wire::to_text(claims));
  const std::string signature = TRY(key().sign(token));
  token += "." + encode_base64(Base64::url, signature);
  if (token.size() > longest_token) return Error{Errc::too_large, "the token is too long", ""};
  return token;
}

Result<const RsaKey*> Jwt::key_for(std::string_view header) const {
  const auto text = decode_base64(Base64::url, header);
  if (!text) return refused_token("the header is not base64url");
  const auto parsed = wire::parse_json(*text);
  if (!parsed) return refused_token("the header is not JSON");
  // Only this one algorithm, whatever the key could do (RFC 8725 3.1).
  if (!is_text(*parsed, "alg", "RS256")) return refused_token("the algorithm is not RS256");
  if (!is_text(*parsed, "typ", "JWT")) return refused_token("the type is not JWT");
  // Extensions that must be understood, and are not (RFC 7515 4.1.11).
  if (parsed->find("crit") != nullptr) return refused_token("critical extensions");
  for (const RsaKey& key : keys_) {
    if (is_text(*parsed, "kid", key.thumbprint())) return &key;
  }
  return refused_token("unknown key");
}

Result<wire::Value> Jwt::check(std::string_view token, TimePoint now) const {
  if (token.size() > longest_token) return refused_token("too long");
  const auto parts = split(token, '.');
  if (parts.size() != 3) return refused_token("not three parts");
  const RsaKey* key = TRY(key_for(parts[0]));
  const auto signature = decode_base64(Base64::url, parts[2]);
  if (!signature) return refused_token("the signature is not base64url");
  if (!key->verifies(token.substr(0, parts[0].size() + 1 + parts[1].size()), *signature)) {
    return refused_token("wrong signature");
  }

  const auto text = decode_base64(Base64::url, parts[1]);
  if (!text) return refused_token("the claims are not base64url");
  auto claims = wire::parse_json(*text);
  if (!claims) return refused_token("the claims are not JSON");
  if (!is_text(*claims, "iss", parties_.issuer)) return refused_token("wrong issuer");
  if (!is_text(*claims, "aud", parties_.audience)) return refused_token("wrong audience");
  const auto expires = date(*claims, "exp");
  const auto not_before = date(*claims, "nbf");
  if (!expires || !not_before) return refused_token("no time limits");
  if (numeric_date(now) >= *expires) return refused_token("expired");
  if (numeric_date(now) < *not_before) return refused_token("not valid yet");
  return std::move(*claims);
}

}  // namespace gthulhu
