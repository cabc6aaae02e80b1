// SPDX-License-Identifier: Apache-2.0
#include "rest/manager/account_routes.h"

#include "rest/bind.h"
#include "rest/guard.h"
#include "rest/reply.h"
#include "wire/account_json.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view bad_body = "Invalid request body";

class AccountRoutes {
 public:
  AccountRoutes(const Clock& clock, Accounts& accounts) : clock_(&clock), accounts_(&accounts) {}

  Result<net::Response> login(const net::Request& request) const {
    const wire::Value body = TRY(parse_body(request, bad_body));
    const auto credentials = wire::decode_credentials(body);
    if (!credentials) return about_body(credentials.error(), bad_body);
    if (credentials->username.empty() || credentials->password.empty()) {
      return failure(422, "Username and password are required");
    }
    const std::string token = TRY(accounts_->login(credentials->username, credentials->password));
    return success(wire::Value::Object{{"token", token}, {"accessToken", token}}, clock_->now());
  }

  Result<net::Response> self(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, std::nullopt));
    return success(wire::encode_user(session.user), clock_->now());
  }

  Result<net::Response> change_password(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, std::nullopt, PasswordChange::may_wait));
    const wire::Value body = TRY(parse_body(request, bad_body));
    const auto change = wire::decode_password_change(body);
    if (!change) return about_body(change.error(), bad_body);
    TRY(accounts_->change_password(session, change->old_password, change->new_password));
    return success(std::nullopt, clock_->now());
  }

 private:
  const Clock* clock_;
  Accounts* accounts_;
};

}  // namespace

void add_account_routes(Router& router, const Clock& clock, Accounts& accounts) {
  const AccountRoutes routes(clock, accounts);
  router.add("POST", "/api/v1/auth/login", RunsOn::password_worker,
             bind(routes, &AccountRoutes::login));
  router.add("GET", "/api/v1/users/self", RunsOn::worker, bind(routes, &AccountRoutes::self));
  router.add("PUT", "/api/v1/users/self/password", RunsOn::password_worker,
             bind(routes, &AccountRoutes::change_password));
}

}  // namespace gthulhu::rest
