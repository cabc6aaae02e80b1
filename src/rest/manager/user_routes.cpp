// SPDX-License-Identifier: Apache-2.0
#include "rest/manager/user_routes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "core/access/account_rules.h"
#include "rest/bind.h"
#include "rest/guard.h"
#include "rest/reply.h"
#include "wire/account_json.h"
#include "wire/strategy_json.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view bad_body = "Invalid request body";
constexpr std::string_view bad_user_id = "invalid user ID";

bool is_object_id(std::string_view text) {
  return wire::check_object_id(text, "").has_value();
}

class UserRoutes {
 public:
  UserRoutes(const Clock& clock, Accounts& accounts, AccountAdmin& admin)
      : clock_(&clock), accounts_(&accounts), admin_(&admin) {}

  Result<net::Response> create(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::user_create));
    const wire::Value body = TRY(parse_body(request, bad_body));
    auto wanted = wire::decode_credentials(body);
    if (!wanted) return about_body(std::move(wanted).error(), bad_body);
    const auto id = admin_->create_user(session, std::move(wanted->username), wanted->password);
    if (!id) return about_body(id.error(), bad_body);
    return success(wire::Value::Object{{"id", id->str()}}, clock_->now());
  }

  Result<net::Response> list(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::user_read));
    return success(wire::Value::Object{{"users", wire::encode_users(admin_->users(session))}},
                   clock_->now());
  }

  Result<net::Response> reset_password(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::user_password_reset));
    const wire::Value body = TRY(parse_body(request, bad_body));
    const auto reset = wire::decode_password_reset(body);
    if (!reset) return about_body(reset.error(), bad_body);
    if (!is_object_id(reset->user_id)) return failure(422, bad_user_id);
    const auto done =
        admin_->reset_password(session, UserId(to_lower(reset->user_id)), reset->new_password);
    if (!done) return about_body(done.error(), bad_body);
    return success(std::nullopt, clock_->now());
  }

  Result<net::Response> update(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::user_permission_update));
    const wire::Value body = TRY(parse_body(request, bad_body));
    const auto update = wire::decode_user_update(body);
    if (!update) return about_body(update.error(), bad_body);
    if (!is_object_id(update->user_id)) return failure(422, bad_user_id);
    const std::optional<std::int64_t> number = update->status;
    std::optional<UserStatus> status;
    if (number) {
      const auto parsed = parse_user_status(*number);
      if (!parsed) return about_body(parsed.error(), bad_body);
      status = *parsed;
    }
    TRY(admin_->update_user(session, UserId(to_lower(update->user_id)), update->roles, status));
    return success(std::nullopt, clock_->now());
  }

 private:
  const Clock* clock_;
  Accounts* accounts_;
  AccountAdmin* admin_;
};

}  // namespace

void add_user_routes(Router& router, const Clock& clock, Accounts& accounts, AccountAdmin& admin) {
  using Routes = UserRoutes;
  const Routes routes(clock, accounts, admin);
  router.add("POST", "/api/v1/users", RunsOn::password_worker, bind(routes, &Routes::create));
  router.add("GET", "/api/v1/users", RunsOn::worker, bind(routes, &Routes::list));
  router.add("PUT", "/api/v1/users/password", RunsOn::password_worker,
             bind(routes, &Routes::reset_password));
  router.add("PUT", "/api/v1/users/permissions", RunsOn::worker, bind(routes, &Routes::update));
}

}  // namespace gthulhu::rest
