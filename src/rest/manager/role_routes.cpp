// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "rest/bind.h"
#include "rest/guard.h"
#include "rest/manager/user_routes.h"
#include "rest/reply.h"
#include "wire/account_json.h"
#include "wire/strategy_json.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view bad_body = "Invalid request body";
constexpr std::string_view no_role = "role not found";

class RoleRoutes {
 public:
  RoleRoutes(const Clock& clock, Accounts& accounts, AccountAdmin& admin)
      : clock_(&clock), accounts_(&accounts), admin_(&admin) {}

  Result<net::Response> create(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::role_create));
    const wire::Value body = TRY(parse_body(request, bad_body));
    auto role = wire::decode_role(body);
    if (!role) return about_body(std::move(role).error(), bad_body);
    const auto id = admin_->create_role(session, std::move(*role));
    if (!id) return about_body(id.error(), bad_body);
    return success(wire::Value::Object{{"id", id->str()}}, clock_->now());
  }

  Result<net::Response> list(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::role_read));
    return success(wire::Value::Object{{"roles", wire::encode_roles(admin_->roles(session))}},
                   clock_->now());
  }

  Result<net::Response> update(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::role_update));
    const wire::Value body = TRY(parse_body(request, bad_body));
    auto update = wire::decode_role_update(body);
    if (!update) return about_body(std::move(update).error(), bad_body);
    TRY(wire::check_object_id(update->id, "id"));
    const AccountAdmin::RoleChange change{std::move(update->name), std::move(update->description),
                                          std::move(update->policies)};
    return answer(admin_->update_role(session, RoleId(to_lower(update->id)), change));
  }

  Result<net::Response> remove(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::role_delete));
    const wire::Value body = TRY(parse_body(request, bad_body));
    const auto id = wire::decode_role_id(body);
    if (!id) return about_body(id.error(), bad_body);
    TRY(wire::check_object_id(*id, "id"));
    return answer(admin_->erase_role(session, RoleId(to_lower(*id))));
  }

  Result<net::Response> permissions(const net::Request& request) const {
    TRY(admit(*accounts_, request, Permission::permission_read));
    return success(wire::Value::Object{{"permissions", wire::encode_permissions()}}, clock_->now());
  }

 private:
  // An unknown role is a 422 in the contract.
  [[nodiscard]] net::Response answer(const Result<>& done) const {
    if (done) return success(std::nullopt, clock_->now());
    if (done.error().code == Errc::not_found) return failure(422, no_role);
    return failure(about_body(done.error(), bad_body));
  }

  const Clock* clock_;
  Accounts* accounts_;
  AccountAdmin* admin_;
};

}  // namespace

void add_role_routes(Router& router, const Clock& clock, Accounts& accounts, AccountAdmin& admin) {
  using Routes = RoleRoutes;
  const Routes routes(clock, accounts, admin);
  router.add("POST", "/api/v1/roles", RunsOn::worker, bind(routes, &Routes::create));
  router.add("GET", "/api/v1/roles", RunsOn::network_thread, bind(routes, &Routes::list));
  router.add("PUT", "/api/v1/roles", RunsOn::worker, bind(routes, &Routes::update));
  router.add("DELETE", "/api/v1/roles", RunsOn::worker, bind(routes, &Routes::remove));
  router.add("GET", "/api/v1/permissions", RunsOn::network_thread,
             bind(routes, &Routes::permissions));
}

}  // namespace gthulhu::rest
