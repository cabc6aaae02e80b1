// SPDX-License-Identifier: Apache-2.0
#include "rest/request_metrics.h"

#include <gmock/gmock.h>

#include "rest/metrics_route.h"

namespace gthulhu::rest {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

void count(RequestMetrics& metrics,
           const std::string& method,
           std::string_view route,
           int status,
           std::chrono::nanoseconds took = 2ms) {
  net::Request request;
  request.method = method;
  request.path = "/secret/path";
  net::Response response;
  response.status = status;
  response.route = route;
  metrics.count({request, response, took});
}

std::string text_of(const RequestMetrics& metrics) {
  MetricsText text(MetricsFormat::prometheus);
  metrics.append(text, "p");
  return std::move(text).finish();
}

TEST(RequestMetrics, counts_by_route_method_and_class_of_status) {
  RequestMetrics metrics;
  count(metrics, "GET", "/a/{id}", 200);
  count(metrics, "GET", "/a/{id}", 204);
  count(metrics, "GET", "/a/{id}", 404);
  count(metrics, "PUT", "/a/{id}", 500);
  const std::string text = text_of(metrics);
  EXPECT_THAT(text, HasSubstr("# TYPE p_http_requests_total counter\n"));
  EXPECT_THAT(
      text,
      HasSubstr("p_http_requests_total{route=\"/a/{id}\",method=\"GET\",status=\"2xx\"} 2\n"));
  EXPECT_THAT(
      text,
      HasSubstr("p_http_requests_total{route=\"/a/{id}\",method=\"GET\",status=\"4xx\"} 1\n"));
  EXPECT_THAT(
      text,
      HasSubstr("p_http_requests_total{route=\"/a/{id}\",method=\"PUT\",status=\"5xx\"} 1\n"));
}

TEST(RequestMetrics, no_client_makes_them_grow) {
  RequestMetrics metrics;
  for (int i = 0; i < 100; ++i) count(metrics, "X" + std::to_string(i), "", 404);
  const std::string text = text_of(metrics);
  EXPECT_THAT(text, HasSubstr("{route=\"unmatched\",method=\"other\",status=\"4xx\"} 100\n"));
  EXPECT_THAT(text, Not(HasSubstr("X1")));
  EXPECT_THAT(text, Not(HasSubstr("secret")));
}

TEST(RequestMetrics, durations_are_a_cumulative_histogram_in_seconds) {
  RequestMetrics metrics;
  count(metrics, "GET", "/a", 200, 1ms);  // a bound belongs to its bucket
  count(metrics, "GET", "/a", 200, 20ms);
  count(metrics, "GET", "/a", 200, 3s);
  const std::string text = text_of(metrics);
  const std::string name = "p_http_request_duration_seconds";
  EXPECT_THAT(text, HasSubstr("# TYPE " + name + " histogram\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{route=\"/a\",le=\"0.001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{route=\"/a\",le=\"0.005\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{route=\"/a\",le=\"0.025\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{route=\"/a\",le=\"2.5\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{route=\"/a\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(name + "_sum{route=\"/a\"} 3.021\n"));
  EXPECT_THAT(text, HasSubstr(name + "_count{route=\"/a\"} 3\n"));
}

TEST(MetricsRoute, shows_how_things_stand) {
  RequestMetrics metrics;
  Router router;
  add_metrics_route(router, metrics, [] {
    return ServerGauges{.connections = 7,
                        .waiting_for_worker = 1,
                        .waiting_for_password_worker = 2,
                        .usage = {1.5, 4096}};
  });
  net::Request request;
  request.method = "GET";
  request.path = "/metrics";
  const net::Response response = router.handle(request);
  EXPECT_EQ(response.route, "/metrics");
  EXPECT_EQ(response.content_type,
            "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
  EXPECT_THAT(response.body, HasSubstr("\ngthulhu_manager_http_connections 7\n"));
  EXPECT_THAT(response.body, HasSubstr("_worker_queue_length{pool=\"workers\"} 1\n"));
  EXPECT_THAT(response.body, HasSubstr("_worker_queue_length{pool=\"passwords\"} 2\n"));
  EXPECT_THAT(response.body, HasSubstr("\ngthulhu_manager_build_info{version=\""));
  EXPECT_THAT(response.body, HasSubstr("\nprocess_cpu_seconds_total 1.5\n"));
  EXPECT_THAT(response.body, HasSubstr("\nprocess_resident_memory_bytes 4096\n"));
}

TEST(MetricsRoute, speaks_open_metrics_to_who_asks_for_it) {
  RequestMetrics metrics;
  count(metrics, "GET", "/a", 200);
  Router router;
  add_metrics_route(router, metrics, [] { return ServerGauges{}; });
  net::Request request;
  request.method = "GET";
  request.path = "/metrics";
  request.headers.add("Accept", "application/openmetrics-text");
  const net::Response response = router.handle(request);
  EXPECT_EQ(response.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_THAT(response.body, HasSubstr("# TYPE gthulhu_manager_http_requests counter\n"));
  EXPECT_THAT(response.body, HasSubstr("\ngthulhu_manager_http_requests_total{route=\"/a\","));
  EXPECT_THAT(response.body, testing::EndsWith("\n# EOF\n"));
}

}  // namespace
}  // namespace gthulhu::rest
