// SPDX-License-Identifier: Apache-2.0
#include "rest/guard.h"

namespace gthulhu::rest {

Result<std::string_view> bearer_token(const net::Request& request, const BearerTexts& texts) {
  constexpr std::string_view prefix = "Bearer ";
  const std::string* field = request.headers.find("Authorization");
  if (field == nullptr || field->empty()) {
    return Error{Errc::unauthenticated, std::string(texts.absent), ""};
  }
  const std::string_view value = *field;
  if (!value.starts_with(prefix) || value.size() == prefix.size()) {
    return Error{Errc::unauthenticated, std::string(texts.malformed), ""};
  }
  return value.substr(prefix.size());
}

Result<Session> admit(Accounts& accounts,
                      const net::Request& request,
                      std::optional<Permission> wanted,
                      PasswordChange change) {
  const std::string_view token = TRY(bearer_token(
      request, {"Missing Authorization header", "Invalid Authorization header format"}));
  Session session = TRY(accounts.session(token));
  request.user = session.user.username;
  if (session.must_change_password && change == PasswordChange::comes_first) {
    return Error{Errc::forbidden, "password change required", ""};
  }
  if (wanted) TRY(accounts.authorize(session, *wanted));
  return session;
}

}  // namespace gthulhu::rest
