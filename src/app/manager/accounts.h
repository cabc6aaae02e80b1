// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "app/manager/account_directory.h"
#include "app/manager/audit_log.h"
#include "app/manager/audit_texts.h"
#include "app/manager/session.h"
#include "app/ports/passwords.h"
#include "app/ports/session_store.h"
#include "app/ports/tokens.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "core/access/login_throttle.h"
#include "core/access/permission.h"
#include "core/model/account.h"

namespace gthulhu {

// Who is asking: logins, tokens, and one's own password.
//
// login() and change_password() hash: call them on a worker of their own. session() and authorize()
// only read memory. Threads: all functions from anywhere.
class Accounts {
 public:
  // All outlive this.
  struct Parts {
    const Clock& clock;
    Random& random;
    AccountDirectory& directory;
    SessionStore& sessions;
    Passwords& passwords;
    Tokens& tokens;
    AuditLog& audit;
    AuditTexts texts;
  };
  explicit Accounts(Parts parts) : parts_(std::move(parts)) {}

  struct TokenPair {
    std::string access;
    std::string refresh;
  };

  // Errc::unauthenticated with one text for an unknown user and a wrong password, after the same
  // work; another text for an inactive user who knows his. Errc::too_many after too many failures.
  Result<TokenPair> login(const std::string& username,
                          std::string_view password,
                          const Caller& caller);

  // The next pair of a family. A token that was replaced more than ten seconds ago was copied: its
  // family ends. All failures are Errc::unauthenticated.
  Result<TokenPair> refresh(std::string_view refresh_token, const Caller& caller);

  // Ends the token's family; once more is a success.
  Result<> logout(std::string_view refresh_token);
  // Revokes all tokens of the user.
  Result<> logout_everywhere(const Session& session);

  // Errc::unauthenticated for a token that is bad, expired or revoked.
  Result<Session> session(const ShownToken& token, const Caller& caller) const;

  // Where the user may do `wanted`; Errc::forbidden when nowhere.
  [[nodiscard]] Result<Scope> authorize(const Session& session, Permission wanted) const;

  // Revokes the user's tokens. Errc::unauthenticated when `old_password` is wrong,
  // Errc::invalid_argument when the new one is too short.
  Result<> change_password(const Session& session,
                           std::string_view old_password,
                           std::string_view new_password);

  // Writes down that somebody was refused; `username` is empty when nobody is known. Refused logins
  // are written by login() itself.
  void refused(std::string_view username,
               const Caller& caller,
               std::string_view request,
               std::string_view reason) const;

  // The username; the id itself when there is no such user any more.
  [[nodiscard]] std::string name_of(const UserId& id) const;
  [[nodiscard]] AccountDirectory::View view() const { return parts_.directory.view(); }

 private:
  Result<> check_throttle(std::string_view username, const Caller& caller);
  void charge(const std::string& username, const Caller& caller);
  Result<TokenPair> try_login(const std::string& username,
                              std::string_view password,
                              const Caller& caller);
  [[nodiscard]] AuditEntry refusal(std::string_view username,
                                   const Caller& caller,
                                   std::string_view reason) const;
  Result<TokenPair> issue(const User& user, const std::optional<RefreshSession>& replaced);

  Parts parts_;
  std::mutex mutex_;  // guards throttle_
  LoginThrottle throttle_;
};

// The account that a first start makes.
struct FirstAccount {
  std::string username;
  std::optional<std::string> password;  // given: the account is ready; else one is made up
};

// Makes the account with the role `admin` unless a user of that name exists. The password, when it
// was made up and so must be changed at the first login; nothing otherwise.
Result<std::optional<std::string>> ensure_first_account(const FirstAccount& wanted,
                                                        const Clock& clock,
                                                        Random& random,
                                                        AccountDirectory& directory,
                                                        Passwords& passwords);

}  // namespace gthulhu
