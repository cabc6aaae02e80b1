// SPDX-License-Identifier: Apache-2.0
#include "rest/metrics_route.h"

#include "rest/build_facts.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view prefix = "gthulhu_manager";

struct Family {
  std::string name;
  std::string_view kind;
  std::string_view help;
};

void append_family(std::string& text, const Family& family) {
  text += "# HELP " + family.name + " " + std::string(family.help) + "\n# TYPE " + family.name +
          " " + std::string(family.kind) + "\n";
}

void append_gauges(std::string& text, const ServerGauges& now) {
  const std::string own(prefix);
  append_family(text, {own + "_http_connections", "gauge", "Open connections."});
  text += own + "_http_connections " + std::to_string(now.connections) + "\n";

  append_family(text, {own + "_worker_queue_length", "gauge", "Requests that wait for a thread."});
  text += own + "_worker_queue_length{pool=\"workers\"} " + std::to_string(now.waiting_for_worker) +
          "\n";
  text += own + "_worker_queue_length{pool=\"passwords\"} " +
          std::to_string(now.waiting_for_password_worker) + "\n";

  const BuildFacts facts = build_facts();
  append_family(text, {own + "_build_info", "gauge", "Always 1; the labels say what was built."});
  text += own + "_build_info{version=\"" + std::string(facts.version) + "\",commit=\"" +
          std::string(facts.commit) + "\",compiler=\"" + std::string(facts.compiler) + "\"} 1\n";

  // These two names are those of every program that Prometheus watches.
  append_family(text, {"process_cpu_seconds_total", "counter", "CPU time of the process."});
  text += "process_cpu_seconds_total " + std::to_string(now.cpu_seconds) + "\n";
  append_family(text, {"process_resident_memory_bytes", "gauge", "Memory that it holds."});
  text += "process_resident_memory_bytes " + std::to_string(now.resident_bytes) + "\n";
}

}  // namespace

void add_metrics_route(Router& router,
                       const RequestMetrics& requests,
                       std::function<ServerGauges()> gauges) {
  router.add("GET", "/metrics", RunsOn::network_thread,
             [&requests, gauges = std::move(gauges)](const net::Request&, const PathParameters&) {
               net::Response response;
               response.content_type = "text/plain; version=0.0.4; charset=utf-8";
               requests.append(response.body, prefix);
               append_gauges(response.body, gauges());
               return response;
             });
}

}  // namespace gthulhu::rest
