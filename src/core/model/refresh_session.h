// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/name.h"
#include "core/model/account.h"

namespace gthulhu {

using SessionId = Name<struct SessionIdTag>;  // the token's `jti`
using FamilyId = Name<struct FamilyIdTag>;

// One refresh token (contract 2.1). Tokens that follow one another from a login are a family: a
// token that comes back after it was replaced was copied, and ends its family.
struct RefreshSession {
  SessionId id;
  FamilyId family;
  UserId user;
  std::string token_hash;  // SHA-256 of the token, in lower-case hex digits
  TimePoint created;
  TimePoint expires;
  std::optional<TimePoint> replaced;  // when its successor was given out

  bool operator==(const RefreshSession&) const = default;
};

}  // namespace gthulhu
