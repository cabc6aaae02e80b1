// SPDX-License-Identifier: Apache-2.0
//
// The bearer check in front of every protected handler (contract 1.3).
#pragma once

#include <optional>
#include <string_view>

#include "app/manager/accounts.h"
#include "app/ports/tokens.h"
#include "base/result.h"
#include "core/access/permission.h"
#include "net/answered.h"
#include "net/http.h"

namespace gthulhu::rest {

// The token of `Authorization: Bearer TOKEN`, as long as the request. Errc::unauthenticated with
// these texts when there is none.
struct BearerTexts {
  std::string_view absent;
  std::string_view malformed;
};
Result<ShownToken> bearer_token(const net::Request& request, const BearerTexts& texts);

// Where a request came from.
Caller caller_of(const net::Request& request);

enum class PasswordChange : bool { comes_first, may_wait };

// Who is asking, if he may: the token is good, the permission (if any) is held, and a password that
// must be changed has been, unless that `may_wait`.
Result<Session> admit(Accounts& accounts,
                      const net::Request& request,
                      std::optional<Permission> wanted,
                      PasswordChange change = PasswordChange::comes_first);

// The one route whose refusals are written down by the login itself.
inline constexpr std::string_view login_path = "/api/v1/auth/login";

// Writes into the audit log what an answer refuses (401, 403, 429), whoever refused it. Quick.
void note_refusal(const net::Answered& answered, const Accounts& accounts);

}  // namespace gthulhu::rest
