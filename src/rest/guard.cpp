// SPDX-License-Identifier: Apache-2.0
#include "rest/guard.h"

#include "wire/envelope.h"

namespace gthulhu::rest {

Result<ShownToken> bearer_token(const net::Request& request, const BearerTexts& texts) {
  constexpr std::string_view prefix = "Bearer ";
  const std::string* field = request.headers.find("Authorization");
  if (field == nullptr || field->empty()) {
    return Error{Errc::unauthenticated, std::string(texts.absent), ""};
  }
  const std::string_view value = *field;
  if (!value.starts_with(prefix) || value.size() == prefix.size()) {
    return Error{Errc::unauthenticated, std::string(texts.malformed), ""};
  }
  const std::string_view token = value.substr(prefix.size());
  return ShownToken{token, request.sha256.of(token)};
}

Caller caller_of(const net::Request& request) {
  const std::string_view peer = request.peer;
  return {std::string(peer.substr(0, peer.rfind(':'))), request.request_id};
}

Result<Session> admit(Accounts& accounts,
                      const net::Request& request,
                      std::optional<Permission> wanted,
                      PasswordChange change) {
  const ShownToken token = TRY(bearer_token(
      request, {"Missing Authorization header", "Invalid Authorization header format"}));
  Session session = TRY(accounts.session(token, caller_of(request)));
  request.user = session.user.username;
  if (session.must_change_password && change == PasswordChange::comes_first) {
    return Error{Errc::forbidden, "password change required", ""};
  }
  if (wanted) session.scope = TRY(accounts.authorize(session, *wanted));
  return session;
}

void note_refusal(const net::Answered& answered, const Accounts& accounts) {
  const int status = answered.response.status;
  if (status != 401 && status != 403 && status != 429) return;
  const net::Request& request = answered.request;
  if (request.path == login_path) return;  // it has written more than is known here
  const Result<wire::Envelope> envelope = wire::parse_envelope(answered.response.body);
  accounts.refused(request.user, caller_of(request), request.method + " " + request.path,
                   envelope ? envelope->error : "");
}

}  // namespace gthulhu::rest
