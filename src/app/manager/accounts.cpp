// SPDX-License-Identifier: Apache-2.0
#include "app/manager/accounts.h"

#include "base/log.h"
#include "core/access/authorize.h"
#include "core/access/password_rules.h"
#include "core/model/object_id.h"

namespace gthulhu {

namespace {

Error wrong_login() {
  return Error{Errc::unauthenticated, "invalid username or password", ""};
}

}  // namespace

Accounts::Accounts(const Clock& clock, AccountStore& store, Passwords& passwords, Tokens& tokens)
    : clock_(clock), store_(store), passwords_(passwords), tokens_(tokens) {}

Result<std::string> Accounts::login(const std::string& username, std::string_view password) {
  const std::optional<User> user = TRY(store_.user_named(username));
  if (!user) {
    (void)passwords_.hash(
        password);  // the same work as for a known name, so that time tells nothing
    return wrong_login();
  }
  const bool is_right = TRY(passwords_.verify(password, user->password_hash));
  if (!is_right) return wrong_login();
  if (user->status == UserStatus::inactive) {
    return Error{Errc::unauthenticated, "user is inactive", ""};
  }
  const AccessClaims claims{user->id, user->status == UserStatus::must_change_password,
                            user->token_version};
  return tokens_.sign(claims, clock_.now());
}

Result<Session> Accounts::session(std::string_view token) {
  const AccessClaims claims = TRY(tokens_.check(token, clock_.now()));
  const std::optional<User> user = TRY(store_.user(claims.user));
  if (!user) return Error{Errc::unauthenticated, "user not found", ""};
  if (user->token_version != claims.token_version) {
    return Error{Errc::unauthenticated, "token revoked", ""};
  }
  if (user->status == UserStatus::inactive) {
    return Error{Errc::unauthenticated, "user is inactive", ""};
  }
  return Session{*user, user->status == UserStatus::must_change_password, Scope(user->id, {}), {}};
}

Result<Scope> Accounts::authorize(const Session& session, Permission wanted) {
  const std::vector<Role> roles = TRY(store_.roles());
  return gthulhu::authorize(session.user, roles, wanted);
}

Result<> Accounts::change_password(const Session& session,
                                   std::string_view old_password,
                                   std::string_view new_password) {
  TRY(check_new_password(new_password, "newPassword"));
  const bool is_right = TRY(passwords_.verify(old_password, session.user.password_hash));
  if (!is_right) return Error{Errc::unauthenticated, "invalid password", ""};
  User user = session.user;
  user.password_hash = TRY(passwords_.hash(new_password));
  user.status = UserStatus::active;
  ++user.token_version;
  user.updated = clock_.now();
  ++user.revision;
  return store_.replace(
      user, audit_entry(session, "user.password.change", "user/" + user.id.str(), clock_.now()));
}

Result<std::optional<std::string>> ensure_first_account(const FirstAccount& wanted,
                                                        const Clock& clock,
                                                        Random& random,
                                                        AccountStore& store,
                                                        Passwords& passwords) {
  if (TRY(store.user_named(wanted.username))) return std::optional<std::string>{};
  const std::string password = wanted.password ? *wanted.password : make_up_password(random);
  // Its length is not judged: configuration files of the Go system have passwords of any.
  if (password.empty()) {
    return Error{Errc::invalid_argument, "the administrator's password must not be empty", ""};
  }
  User user;
  user.id = UserId(new_object_id(clock.now(), random));
  user.username = wanted.username;
  user.password_hash = TRY(passwords.hash(password));
  user.status = wanted.password ? UserStatus::active : UserStatus::must_change_password;
  user.roles = {RoleName("admin")};
  user.created = user.updated = clock.now();
  AuditEntry audit;
  audit.at = clock.now();
  audit.action = "user.create";
  audit.object = "user/" + user.id.str();
  audit.after = R"({"username":")" + user.username + "\"}";
  TRY(store.add(user, audit));
  log_info("administrator's account made", {{"username", user.username}});
  if (wanted.password) return std::optional<std::string>{};
  return std::optional(password);
}

}  // namespace gthulhu
