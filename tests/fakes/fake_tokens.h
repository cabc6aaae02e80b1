// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "app/ports/tokens.h"
#include "base/text.h"

namespace gthulhu {

// Tokens that can be read: "access.USER.MUSTCHANGE.VERSION.EXPIRES". Threads: from anywhere.
class FakeTokens : public Tokens {
 public:
  explicit FakeTokens(std::chrono::milliseconds lifetime = std::chrono::hours{3})
      : lifetime_(lifetime) {}

  Result<std::string> sign(const AccessClaims& claims, TimePoint now) override {
    return "access." + claims.user.str() + (claims.must_change_password ? ".1." : ".0.") +
           std::to_string(claims.token_version) + "." +
           std::to_string((now + lifetime_).time_since_epoch().count());
  }

  Result<AccessClaims> check(std::string_view token, TimePoint now) override {
    const Error refused{Errc::unauthenticated, "invalid or expired token", ""};
    const auto parts = split(token, '.');
    if (parts.size() != 5 || parts[0] != "access" || parts[1].empty()) return refused;
    const auto must_change = parse_number<int>(parts[2]);
    const auto version = parse_number<std::int64_t>(parts[3]);
    const auto expires = parse_number<std::int64_t>(parts[4]);
    if (!must_change || !version || !expires) return refused;
    if (now.time_since_epoch().count() >= *expires) return refused;
    return AccessClaims{UserId(std::string(parts[1])), *must_change == 1, *version};
  }

 private:
  std::chrono::milliseconds lifetime_;
};

// "agent.EXPIRES.CLIENT". Its public key is the text "fake public key".
class FakeAgentTokens : public AgentTokens {
 public:
  explicit FakeAgentTokens(std::chrono::milliseconds lifetime = std::chrono::hours{24})
      : lifetime_(lifetime) {}

  Result<Issued> sign(std::string_view client_id, TimePoint now) override {
    const TimePoint expires = now + lifetime_;
    return Issued{"agent." + std::to_string(expires.time_since_epoch().count()) + "." +
                      std::string(client_id),
                  expires};
  }

  Result<> check(std::string_view token, TimePoint now) override {
    const auto parts = split(token, '.');
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
