// SPDX-License-Identifier: Apache-2.0
#include "rest/manager/account_routes.h"

#include <optional>
#include <string_view>
#include <utility>

#include "core/access/grants.h"
#include "rest/bind.h"
#include "rest/guard.h"
#include "rest/reply.h"
#include "wire/account_json.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view bad_body = "Invalid request body";

class AccountRoutes {
 public:
  AccountRoutes(const Clock& clock, Accounts& accounts, std::string mode)
      : clock_(&clock), accounts_(&accounts), mode_(std::move(mode)) {}

  Result<net::Response> login(const net::Request& request) const {
    const wire::Value body = TRY(parse_body(request, bad_body));
    const auto credentials = wire::decode_credentials(body);
    if (!credentials) return about_body(credentials.error(), bad_body);
    if (credentials->username.empty() || credentials->password.empty()) {
      return failure(422, "Username and password are required");
    }
    return tokens(
        TRY(accounts_->login(credentials->username, credentials->password, caller_of(request))));
  }

  Result<net::Response> refresh(const net::Request& request) const {
    const std::string token = TRY(refresh_token(request));
    return tokens(TRY(accounts_->refresh(token, caller_of(request))));
  }

  Result<net::Response> logout(const net::Request& request) const {
    const std::string token = TRY(refresh_token(request));
    TRY(accounts_->logout(token));
    return success(std::nullopt, clock_->now());
  }

  Result<net::Response> logout_everywhere(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, std::nullopt));
    TRY(accounts_->logout_everywhere(session));
    return success(std::nullopt, clock_->now());
  }

  Result<net::Response> validate(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, std::nullopt));
    return success(wire::Value::Object{{"valid", true},
                                       {"uid", session.user.id.str()},
                                       {"needChangePassword", session.must_change_password}},
                   clock_->now());
  }

  Result<net::Response> self(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, std::nullopt));
    return success(wire::encode_user(session.user), clock_->now());
  }

  Result<net::Response> access(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, std::nullopt, PasswordChange::may_wait));
    wire::UserAccess access;
    access.user = &session.user;
    access.mode = mode_;
    access.policies = policies_of(session.user, accounts_->view()->roles);
    access.must_change_password = session.must_change_password;
    return success(wire::encode_access(access), clock_->now());
  }

  Result<net::Response> change_password(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, std::nullopt, PasswordChange::may_wait));
    const wire::Value body = TRY(parse_body(request, bad_body));
    const auto change = wire::decode_password_change(body);
    if (!change) return about_body(change.error(), bad_body);
    const auto done =
        accounts_->change_password(session, change->old_password, change->new_password);
    if (!done) return about_body(done.error(), bad_body);
    return success(std::nullopt, clock_->now());
  }

 private:
  static Result<std::string> refresh_token(const net::Request& request) {
    const wire::Value body = TRY(parse_body(request, bad_body));
    auto token = wire::decode_refresh_token(body);
    if (!token) return about_body(std::move(token).error(), bad_body);
    if (token->empty()) return Error{Errc::invalid_argument, "refreshToken is required", ""};
    return token;
  }

  [[nodiscard]] net::Response tokens(const Accounts::TokenPair& pair) const {
    return success(
        wire::Value::Object{
            {"token", pair.access}, {"accessToken", pair.access}, {"refreshToken", pair.refresh}},
        clock_->now());
  }

  const Clock* clock_;
  Accounts* accounts_;
  std::string mode_;
};

}  // namespace

void add_account_routes(Router& router,
                        const Clock& clock,
                        Accounts& accounts,
                        const std::string& mode) {
  using Routes = AccountRoutes;
  const Routes routes(clock, accounts, mode);
  router.add("POST", login_path, RunsOn::password_worker, bind(routes, &Routes::login));
  router.add("POST", "/api/v1/auth/refresh", RunsOn::worker, bind(routes, &Routes::refresh));
  router.add("POST", "/api/v1/auth/logout", RunsOn::worker, bind(routes, &Routes::logout));
  router.add("POST", "/api/v1/auth/logout-all", RunsOn::worker,
             bind(routes, &Routes::logout_everywhere));
  router.add("GET", "/api/v1/auth/validate", RunsOn::network_thread,
             bind(routes, &Routes::validate));
  router.add("GET", "/api/v1/users/self", RunsOn::network_thread, bind(routes, &Routes::self));
  router.add("GET", "/api/v1/users/self/access", RunsOn::network_thread,
             bind(routes, &Routes::access));
  router.add("PUT", "/api/v1/users/self/password", RunsOn::password_worker,
             bind(routes, &Routes::change_password));
}

}  // namespace gthulhu::rest
