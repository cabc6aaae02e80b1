// SPDX-License-Identifier: Apache-2.0
#include "rest/metrics_route.h"

#include "rest/metrics_reply.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view prefix = "gthulhu_manager";

void append_gauges(MetricsText& text, const ServerGauges& now) {
  const std::string own(prefix);
  text.begin(MetricKind::gauge, own + "_http_connections", "Open connections.");
  text.add(now.connections);

  text.begin(MetricKind::gauge, own + "_worker_queue_length", "Requests that wait for a thread.");
  text.add({{"pool", "workers"}}, now.waiting_for_worker);
  text.add({{"pool", "passwords"}}, now.waiting_for_password_worker);

  append_program(text, prefix, now.usage);
}

}  // namespace

void add_metrics_route(Router& router,
                       const RequestMetrics& requests,
                       std::function<ServerGauges()> gauges) {
  router.add(
      "GET", "/metrics", RunsOn::network_thread,
      [&requests, gauges = std::move(gauges)](const net::Request& request, const PathParameters&) {
        MetricsText text(wanted_format(request.headers));
        requests.append(text, prefix);
        append_gauges(text, gauges());
        return metrics_reply(std::move(text));
      });
}

}  // namespace gthulhu::rest
