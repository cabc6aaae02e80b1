// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/ports/tokens.h"
#include "base/text.h"

namespace gthulhu {

// Tokens that can be read: "access.USER.MUSTCHANGE.VERSION.EXPIRES", and "refresh." with the same
// and ".SESSION.FAMILY". Threads: from anywhere.
class FakeTokens : public Tokens {
 public:
  explicit FakeTokens(std::chrono::milliseconds access = std::chrono::hours{3},
                      std::chrono::milliseconds refresh = std::chrono::hours{24})
      : access_(access), refresh_(refresh) {}

  Result<std::string> sign(const AccessClaims& claims, TimePoint now) override {
    return text("access", claims, now + access_);
  }

  Result<AccessClaims> check(const ShownToken& token, TimePoint now) override {
    const auto parts = split(token.text, '.');
    const AccessClaims claims = TRY(claims_of(parts, now));
    if (parts[0] != "access") return refused("invalid token type");
    return claims;
  }

  Result<IssuedToken> sign_refresh(const RefreshClaims& claims, TimePoint now) override {
    return IssuedToken{text("refresh", claims.access, now + refresh_) + "." + claims.session.str() +
                           "." + claims.family.str(),
                       now + refresh_};
  }

  Result<RefreshClaims> check_refresh(std::string_view token, TimePoint now) override {
    const auto parts = split(token, '.');
    AccessClaims claims = TRY(claims_of(parts, now));
    if (parts[0] != "refresh" || parts.size() != 7) return refused("invalid refresh token");
    return RefreshClaims{std::move(claims), SessionId(std::string(parts[5])),
                         FamilyId(std::string(parts[6]))};
  }

 private:
  static Error refused(std::string text) { return {Errc::unauthenticated, std::move(text), ""}; }

  static std::string text(const std::string& type, const AccessClaims& claims, TimePoint expires) {
    return type + "." + claims.user.str() + (claims.must_change_password ? ".1." : ".0.") +
           std::to_string(claims.token_version) + "." +
           std::to_string(expires.time_since_epoch().count());
  }

  static Result<AccessClaims> claims_of(const std::vector<std::string_view>& parts, TimePoint now) {
    const Error wrong = refused("invalid or expired token");
    if (parts.size() < 5 || (parts[0] != "access" && parts[0] != "refresh") || parts[1].empty()) {
      return wrong;
    }
    const auto must_change = parse_number<int>(parts[2]);
    const auto version = parse_number<std::int64_t>(parts[3]);
    const auto expires = parse_number<std::int64_t>(parts[4]);
    if (!must_change || !version || !expires) return wrong;
    if (now.time_since_epoch().count() >= *expires) return wrong;
    return AccessClaims{UserId(std::string(parts[1])), *must_change == 1, *version};
  }

  std::chrono::milliseconds access_;
  std::chrono::milliseconds refresh_;
};

// "agent.EXPIRES.CLIENT". Its public key is the text "fake public key".
class FakeAgentTokens : public AgentTokens {
 public:
  explicit FakeAgentTokens(std::chrono::milliseconds lifetime = std::chrono::hours{24})
      : lifetime_(lifetime) {}

  Result<IssuedToken> sign(std::string_view client_id, TimePoint now) override {
    const TimePoint expires = now + lifetime_;
    return IssuedToken{"agent." + std::to_string(expires.time_since_epoch().count()) + "." +
                           std::string(client_id),
                       expires};
  }

  Result<> check(const ShownToken& token, TimePoint now) override {
    const auto parts = split(token.text, '.');
    const auto expires = parts.size() < 3 ? std::nullopt : parse_number<std::int64_t>(parts[1]);
    if (parts[0] != "agent" || !expires || now.time_since_epoch().count() >= *expires) {
      return Error{Errc::unauthenticated, "invalid or expired token", ""};
    }
    return {};
  }

  [[nodiscard]] bool is_own_public_key(std::string_view pem) const override {
    return pem == "fake public key";
  }

 private:
  std::chrono::milliseconds lifetime_;
};

}  // namespace gthulhu
