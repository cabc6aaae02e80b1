// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/verified_tokens.h"

#include <utility>

#include "adapters/crypto/jwt.h"

namespace gthulhu {

std::optional<AccessClaims> VerifiedTokens::find(const Digest& token, TimePoint now) {
  const std::int64_t date = numeric_date(now);
  const auto in_force = [&](const Entry& entry) {
    return date >= entry.not_before && date < entry.expires;
  };
  const MutexLock lock(mutex_);
  if (const auto found = recent_.find(token); found != recent_.end()) {
    if (in_force(found->second)) return found->second.claims;
    return std::nullopt;
  }
  const auto found = older_.find(token);
  if (found == older_.end() || !in_force(found->second)) return std::nullopt;
  Entry entry = std::move(found->second);
  older_.erase(found);
  AccessClaims claims = entry.claims;
  put(token, std::move(entry));
  return claims;
}

void VerifiedTokens::add(const Digest& token, Entry entry) {
  const MutexLock lock(mutex_);
  put(token, std::move(entry));
}

void VerifiedTokens::put(const Digest& token, Entry entry) {
  if (recent_.size() >= most_in_half_) {
    older_ = std::move(recent_);
    recent_ = Entries();
  }
  recent_.insert_or_assign(token, std::move(entry));
}

}  // namespace gthulhu
