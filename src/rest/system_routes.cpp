// SPDX-License-Identifier: Apache-2.0
#include "rest/system_routes.h"

#include "rest/build_facts.h"
#include "rest/reply.h"
#include "wire/timestamp.h"

namespace gthulhu::rest {

namespace {

// Clients of the Go system compare these; what this program is called and its version come after
// them.
constexpr std::string_view service = "BSS Metrics API Server";
constexpr std::string_view contract_version = "1.0.0";

net::Response health(const std::vector<std::string>& reasons,
                     const std::vector<std::string>& warnings,
                     TimePoint now) {
  wire::Value::Object body{{"status", reasons.empty() ? "healthy" : "unhealthy"},
                           {"timestamp", wire::rfc3339(now)},
                           {"service", service}};
  if (!warnings.empty()) {
    body.emplace_back("warnings", wire::Value::Array(warnings.begin(), warnings.end()));
  }
  if (reasons.empty()) return bare(std::move(body));
  body.emplace_back("reasons", wire::Value::Array(reasons.begin(), reasons.end()));
  net::Response response = bare(std::move(body));
  response.status = 503;
  return response;
}

net::Response version(const std::string& endpoints) {
  const BuildFacts facts = build_facts();
  return bare(wire::Value::Object{{"message", service},
                                  {"version", contract_version},
                                  {"endpoints", endpoints},
                                  {"program", "gthulhu " + std::string(facts.version)},
                                  {"build", wire::Value::Object{{"version", facts.version},
                                                                {"commit", facts.commit},
                                                                {"compiler", facts.compiler}}}});
}

}  // namespace

void add_system_routes(Router& router,
                       const Clock& clock,
                       const std::string& endpoints,
                       Troubles troubles,
                       Troubles warnings) {
  if (!warnings) warnings = [] { return std::vector<std::string>(); };
  router.add("GET", "/health", RunsOn::network_thread,
             [&clock, troubles = std::move(troubles), warnings = std::move(warnings)](
                 const net::Request&, const PathParameters&) {
               return health(troubles(), warnings(), clock.now());
             });
  router.add(
      "GET", "/version", RunsOn::network_thread,
      [answer = version(endpoints)](const net::Request&, const PathParameters&) { return answer; });
}

}  // namespace gthulhu::rest
