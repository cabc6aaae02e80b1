// SPDX-License-Identifier: Apache-2.0
#include "app/manager/accounts.h"

#include <array>
#include <cstddef>
#include <utility>

#include "app/manager/login_network.h"
#include "app/manager/user_change.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "core/access/authorize.h"
#include "core/access/password_rules.h"
#include "core/model/object_id.h"

namespace gthulhu {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t families_max = 32;  // of one user
// A client that did not get the answer tries again: that is no theft.
constexpr auto refresh_grace = 10s;
constexpr std::size_t audited_request_bytes = 256;  // of a path that anybody may send

Error unauthenticated(std::string text) {
  return Error{Errc::unauthenticated, std::move(text), ""};
}

std::string random_id(Random& random) {
  std::array<std::byte, 16> bytes{};
  random.fill(bytes);
  return to_hex(bytes);
}

AccessClaims claims_of(const User& user) {
  return {user.id, user.status == UserStatus::must_change_password, user.token_version};
}

std::string object_of(const User& user) {
  return "user/" + user.id.str();
}

}  // namespace

Result<> Accounts::check_throttle(std::string_view username, const Caller& caller) {
  const std::lock_guard lock(mutex_);
  return throttle_.check(username, login_network(caller.address), parts_.clock.monotonic());
}

void Accounts::charge(const std::string& username, const Caller& caller) {
  const std::lock_guard lock(mutex_);
  throttle_.failed(username, login_network(caller.address), parts_.clock.monotonic());
}

Result<Accounts::TokenPair> Accounts::login(const std::string& username,
                                            std::string_view password,
                                            const Caller& caller) {
  Result<TokenPair> pair = try_login(username, password, caller);
  const bool is_refused =
      !pair && (pair.error().code == Errc::unauthenticated || pair.error().code == Errc::too_many);
  if (!is_refused) return pair;
  AuditEntry entry = refusal(username, caller, pair.error().message);
  entry.action = "session.refused-login";
  entry.object = "session";
  parts_.audit.record(std::move(entry));
  return pair;
}

Result<Accounts::TokenPair> Accounts::try_login(const std::string& username,
                                                std::string_view password,
                                                const Caller& caller) {
  TRY(check_throttle(username, caller));
  const auto view = parts_.directory.view();
  const User* user = view->user_named(username);
  bool is_right = false;
  if (user == nullptr) {
    // The same work as for a known name, so that time tells nothing.
    (void)parts_.passwords.hash(password);
  } else {
    is_right = TRY(parts_.passwords.verify(password, user->password_hash));
  }
  TRY(check_throttle(username, caller));  // guesses may have run beside this one
  if (!is_right) {
    charge(username, caller);
    return unauthenticated("invalid username or password");
  }
  if (user->status == UserStatus::inactive) return unauthenticated("user is inactive");
  TokenPair pair = TRY(issue(*user, std::nullopt));
  Session session;
  session.user = *user;
  session.caller = caller;
  parts_.audit.record(audit_entry(session, "session.login", object_of(*user), parts_.clock.now()));
  return pair;
}

Result<Accounts::TokenPair> Accounts::issue(const User& user,
                                            const std::optional<RefreshSession>& replaced) {
  const TimePoint now = parts_.clock.now();
  RefreshSession next;
  next.id = SessionId(random_id(parts_.random));
  next.family = replaced ? replaced->family : FamilyId(random_id(parts_.random));
  next.user = user.id;
  const IssuedToken refresh =
      TRY(parts_.tokens.sign_refresh({claims_of(user), next.id, next.family}, now));
  next.token_hash = sha256(refresh.token).hex();
  next.created = now;
  next.expires = refresh.expires;
  std::string access = TRY(parts_.tokens.sign(claims_of(user), now));
  if (!replaced) {
    TRY(parts_.sessions.begin_family(next, families_max));
  } else {
    const Result<> done = parts_.sessions.replace_session(replaced->id, next);
    if (!done) {
      // It was ended meanwhile.
      return done.error().code == Errc::not_found ? unauthenticated("refresh token revoked")
                                                  : done.error();
    }
  }
  return TokenPair{std::move(access), refresh.token};
}

Result<Accounts::TokenPair> Accounts::refresh(std::string_view refresh_token,
                                              const Caller& caller) {
  const TimePoint now = parts_.clock.now();
  const RefreshClaims claims = TRY(parts_.tokens.check_refresh(refresh_token, now));
  const auto view = parts_.directory.view();
  const User* user = view->user(claims.access.user);
  if (user == nullptr) return unauthenticated("user not found");
  const auto known = TRY(parts_.sessions.session(claims.session));
  const bool is_good = known && user->token_version == claims.access.token_version &&
                       known->token_hash == sha256(refresh_token).hex();
  if (!is_good) return unauthenticated("refresh token revoked");
  if (user->status == UserStatus::inactive) return unauthenticated("user is inactive");
  if (known->replaced && now - *known->replaced > refresh_grace) {
    TRY(parts_.sessions.end_family(known->family));
    AuditEntry entry = refusal(user->username, caller, "refresh token used again");
    entry.action = "session.family-ended";
    entry.object = object_of(*user);
    parts_.audit.record(std::move(entry));
    return unauthenticated("refresh token revoked");
  }
  return issue(*user, known);
}

Result<> Accounts::logout(std::string_view refresh_token) {
  const RefreshClaims claims = TRY(parts_.tokens.check_refresh(refresh_token, parts_.clock.now()));
  const auto view = parts_.directory.view();
  const User* user = view->user(claims.access.user);
  if (user == nullptr) return unauthenticated("user not found");
  if (user->token_version != claims.access.token_version) {
    return unauthenticated("refresh token revoked");
  }
  const auto known = TRY(parts_.sessions.session(claims.session));
  return known ? parts_.sessions.end_family(known->family) : Result<>{};
}

Result<> Accounts::logout_everywhere(const Session& session) {
  const UserId& id = session.user.id;
  TRY(parts_.directory.write(
      [&](const AccountView& now, AccountDirectory::Writer& store) -> Result<> {
        const User* known = now.user(id);
        if (known == nullptr) return unauthenticated("user not found");
        User user = *known;
        ++user.token_version;
        return replace_user(store, parts_.texts, session, *known, std::move(user),
                            "session.logout-all", parts_.clock.now());
      }));
  end_sessions(parts_.sessions, id);
  return {};
}

Result<Session> Accounts::session(const ShownToken& token, const Caller& caller) const {
  const AccessClaims claims = TRY(parts_.tokens.check(token, parts_.clock.now()));
  const auto view = parts_.directory.view();
  const User* user = view->user(claims.user);
  if (user == nullptr) return unauthenticated("user not found");
  if (user->token_version != claims.token_version) return unauthenticated("token revoked");
  if (user->status == UserStatus::inactive) return unauthenticated("user is inactive");
  Session session;
  session.user = *user;
  session.must_change_password = user->status == UserStatus::must_change_password;
  session.caller = caller;
  return session;
}

Result<Scope> Accounts::authorize(const Session& session, Permission wanted) const {
  const auto view = parts_.directory.view();
  return gthulhu::authorize(session.user, view->roles, wanted);
}

Result<> Accounts::change_password(const Session& session,
                                   std::string_view old_password,
                                   std::string_view new_password) {
  const std::string& username = session.user.username;
  TRY(check_new_password(new_password, "newPassword"));
  TRY(check_throttle(username, session.caller));
  const bool is_right = TRY(parts_.passwords.verify(old_password, session.user.password_hash));
  TRY(check_throttle(username, session.caller));
  if (!is_right) {
    charge(username, session.caller);
    return unauthenticated("invalid password");
  }
  const std::string hash = TRY(parts_.passwords.hash(new_password));
  TRY(parts_.directory.write(
      [&](const AccountView& now, AccountDirectory::Writer& store) -> Result<> {
        const User* known = now.user(session.user.id);
        // Somebody may have reset it while this one was hashed.
        if (known == nullptr || known->token_version != session.user.token_version) {
          return unauthenticated("token revoked");
        }
        User user = *known;
        user.password_hash = hash;
        if (user.status == UserStatus::must_change_password) user.status = UserStatus::active;
        ++user.token_version;
        return replace_user(store, parts_.texts, session, *known, std::move(user),
                            "user.password.change", parts_.clock.now());
      }));
  end_sessions(parts_.sessions, session.user.id);
  return {};
}

// A name that no user has may be anything, also a password typed into the wrong field.
AuditEntry Accounts::refusal(std::string_view username,
                             const Caller& caller,
                             std::string_view reason) const {
  AuditEntry entry;
  entry.at = parts_.clock.now();
  const auto view = parts_.directory.view();
  if (const User* user = view->user_named(username)) {
    entry.user = user->id;
    entry.username = user->username;
  }
  entry.from = caller.address;
  entry.request_id = caller.request_id;
  entry.outcome = AuditOutcome::refused;
  entry.reason = reason;
  return entry;
}

void Accounts::refused(std::string_view username,
                       const Caller& caller,
                       std::string_view request,
                       std::string_view reason) const {
  AuditEntry entry = refusal(username, caller, reason);
  entry.action = "access.refused";
  entry.object = request.substr(0, audited_request_bytes);
  parts_.audit.record(std::move(entry));
}

std::string Accounts::name_of(const UserId& id) const {
  const auto view = parts_.directory.view();
  const User* user = view->user(id);
  return user == nullptr ? id.str() : user->username;
}

Result<std::optional<std::string>> ensure_first_account(const FirstAccount& wanted,
                                                        const Clock& clock,
                                                        Random& random,
                                                        AccountDirectory& directory,
                                                        Passwords& passwords) {
  if (directory.view()->user_named(wanted.username) != nullptr) {
    return std::optional<std::string>{};
  }
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
  audit.object = object_of(user);
  audit.reason = "first start";
  TRY(directory.write(
      [&](const AccountView&, AccountDirectory::Writer& store) { return store.add(user, audit); }));
  log_info("administrator's account made", {{"username", user.username}});
  if (wanted.password) return std::optional<std::string>{};
  return std::optional(password);
}

}  // namespace gthulhu
