// SPDX-License-Identifier: Apache-2.0
#include "rest/system_routes.h"

#include "rest/reply.h"
#include "wire/timestamp.h"

namespace gthulhu::rest {

namespace {

// Clients of the Go system compare these; what this program is called and its version come after
// them.
constexpr std::string_view service = "BSS Metrics API Server";
constexpr std::string_view contract_version = "1.0.0";

}  // namespace

void add_system_routes(Router& router, const Clock& clock, std::string endpoints) {
  router.add("GET", "/health", RunsOn::network_thread,
             [&clock](const net::Request&, const PathParameters&) {
               return bare(wire::Value::Object{{"status", "healthy"},
                                               {"timestamp", wire::rfc3339(clock.now())},
                                               {"service", service}});
             });
  router.add("GET", "/version", RunsOn::network_thread,
             [endpoints = std::move(endpoints)](const net::Request&, const PathParameters&) {
               return bare(wire::Value::Object{{"message", service},
                                               {"version", contract_version},
                                               {"endpoints", endpoints},
                                               {"program", "gthulhu " GTHULHU_VERSION}});
             });
}

}  // namespace gthulhu::rest
