// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/manager/session.h"
#include "app/ports/account_store.h"
#include "app/ports/passwords.h"
#include "app/ports/tokens.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "core/access/permission.h"
#include "core/model/account.h"

namespace gthulhu {

// Login, passwords, and who may do what.
//
// login() and change_password() hash: call them on a worker. Threads: all functions from anywhere.
class Accounts {
 public:
  // All outlive this.
  Accounts(const Clock& clock, AccountStore& store, Passwords& passwords, Tokens& tokens);

  // An access token. Errc::unauthenticated with one text for an unknown user and a wrong password,
  // after the same work; another text for an inactive user who knows his.
  Result<std::string> login(const std::string& username, std::string_view password);

  // Errc::unauthenticated for a token that is bad, expired or revoked.
  Result<Session> session(std::string_view token);

  // Where the user may do `wanted`; Errc::forbidden when nowhere.
  Result<Scope> authorize(const Session& session, Permission wanted);

  // Revokes the user's tokens. Errc::unauthenticated when `old_password` is wrong,
  // Errc::invalid_argument when the new one is too short.
  Result<> change_password(const Session& session,
                           std::string_view old_password,
                           std::string_view new_password);

 private:
  const Clock& clock_;
  AccountStore& store_;
  Passwords& passwords_;
  Tokens& tokens_;
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
                                                        AccountStore& store,
                                                        Passwords& passwords);

}  // namespace gthulhu
