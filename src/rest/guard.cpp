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

Caller caller_of(const net::Request& request) {
  const std::string_view peer = request.peer;
  return {std::string(peer.substr(0, peer.rfind(':'))), request.request_id};
}

namespace {

// `session` is set as soon as it is known whose request it is.
Result<> check(Accounts& accounts,
               const net::Request& request,
               std::optional<Permission> wanted,
               PasswordChange change,
               const Caller& caller,
               std::optional<Session>& session) {
  const std::string_view token = TRY(bearer_token(
      request, {"Missing Authorization header", "Invalid Authorization header format"}));
  session = TRY(accounts.session(token, caller));
  request.user = session->user.username;
  if (session->must_change_password && change == PasswordChange::comes_first) {
    return Error{Errc::forbidden, "password change required", ""};
  }
  if (wanted) session->scope = TRY(accounts.authorize(*session, *wanted));
  return {};
}

}  // namespace

Result<Session> admit(Accounts& accounts,
                      const net::Request& request,
                      std::optional<Permission> wanted,
                      PasswordChange change) {
  const Caller caller = caller_of(request);
  std::optional<Session> session;
  const Result<> allowed = check(accounts, request, wanted, change, caller, session);
  if (allowed && session) return std::move(*session);
  accounts.refused(session ? &*session : nullptr, caller, request.method + " " + request.path,
                   allowed.error());
  return allowed.error();
}

}  // namespace gthulhu::rest
