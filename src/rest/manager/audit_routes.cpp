// SPDX-License-Identifier: Apache-2.0
#include "rest/manager/audit_routes.h"

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "rest/bind.h"
#include "rest/guard.h"
#include "rest/query.h"
#include "rest/reply.h"
#include "wire/audit_json.h"

namespace gthulhu::rest {

namespace {

constexpr std::int64_t number_max = std::numeric_limits<std::int64_t>::max();

Result<std::optional<TimePoint>> query_time(const net::Request& request, std::string_view name) {
  const auto milliseconds = TRY(query_number(request, name, 0, number_max));
  if (!milliseconds) return std::optional<TimePoint>{};
  return std::optional(TimePoint{std::chrono::milliseconds{*milliseconds}});
}

Result<std::optional<AuditOutcome>> query_outcome(const net::Request& request) {
  constexpr std::array words{name(AuditOutcome::done), name(AuditOutcome::refused)};
  const auto word = TRY(query_word(request, "outcome", words));
  if (!word) return std::optional<AuditOutcome>{};
  return std::optional(*word == words[0] ? AuditOutcome::done : AuditOutcome::refused);
}

class AuditRoutes {
 public:
  AuditRoutes(const Clock& clock, Accounts& accounts, AuditStore& audit)
      : clock_(&clock), accounts_(&accounts), audit_(&audit) {}

  Result<net::Response> list(const net::Request& request) const {
    const Session session = TRY(admit(*accounts_, request, Permission::user_read));
    if (!session.scope.is_unbounded()) {
      return Error{Errc::forbidden, "permission denied: only who may read all users reads this",
                   ""};
    }
    AuditQuery query;
    query.user = query_text(request, "user");
    query.action = query_text(request, "action");
    query.object = query_text(request, "object");
    query.outcome = TRY(query_outcome(request));
    query.from = TRY(query_time(request, "from"));
    query.to = TRY(query_time(request, "to"));
    query.before_sequence = TRY(query_number(request, "beforeSeq", 1, number_max));
    query.limit = TRY(query_page(request)).limit;
    const AuditPage page = TRY(audit_->entries(query));
    wire::Value::Array items;
    for (const AuditEntry& entry : page.entries) items.push_back(wire::encode_audit_entry(entry));
    return success(
        wire::Value::Object{{"items", std::move(items)}, {"total", std::uint64_t{page.total}}},
        clock_->now());
  }

 private:
  const Clock* clock_;
  Accounts* accounts_;
  AuditStore* audit_;
};

}  // namespace

void add_audit_routes(Router& router, const Clock& clock, Accounts& accounts, AuditStore& audit) {
  const AuditRoutes routes(clock, accounts, audit);
  router.add("GET", "/api/v1/audit", RunsOn::worker, bind(routes, &AuditRoutes::list));
}

}  // namespace gthulhu::rest
