// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/lists.h"

#include <iostream>

#include "cli/commands/session.h"
#include "cli/print.h"

namespace gthulhu {

namespace {

std::string state_text(const wire::Value& intent) {
  const std::string reason = cell(intent, "Reason");
  const std::string stronger = cell(intent, "SupersededBy");
  std::string text = cell(intent, "Status");
  if (!reason.empty()) text += "(" + reason + ")";
  if (!stronger.empty()) text += " by " + stronger;
  return text;
}

std::string counts_text(const wire::Value& node) {
  const wire::Value* counts = node.find("intents");
  const auto* members = counts == nullptr ? nullptr : counts->as<wire::Value::Object>();
  if (members == nullptr || members->empty()) return "none";
  std::string text;
  for (const auto& [state, count] : *members) {
    if (!text.empty()) text += ", ";
    text += wire::to_text(count) + " " + state;
  }
  return text;
}

void print_node(const wire::Value& node) {
  const wire::Value none;
  const wire::Value* found = node.find("enforcer");
  const wire::Value& enforcer = found == nullptr ? none : *found;
  std::cout << "node " << cell(node, "name") << '\n';
  print_table(
      std::cout,
      {{"  intents", counts_text(node)},
       {"  generation",
        cell(node, "generation") + " wanted, " + cell(node, "acknowledged") + " acknowledged"},
       {"  enforcer",
        cell(enforcer, "kind") + (cell(enforcer, "approximate") == "true" ? " (approximate)" : "")},
       {"  because", cell(enforcer, "reason")},
       {"  changed now",
        cell(enforcer, "tasks") + " tasks, " + cell(enforcer, "cgroups") + " cgroups"}});
  if (const std::string trouble = cell(node, "trouble"); !trouble.empty()) {
    std::cout << "  trouble      " << trouble << '\n';
  }
}

}  // namespace

Result<> list_intents(const ListOptions& options, const Environment& environment) {
  ApiClient client = TRY(client_of_session(environment));
  const wire::Value data = TRY(client.get("/api/v1/intents/self"));
  if (options.output == OutputFormat::json) {
    std::cout << wire::to_text(data) << '\n';
    return {};
  }
  std::vector<Row> rows{
      {"STATE", "PRIORITY", "PROCESSES", "NAMESPACE", "POD", "NODE", "STRATEGY", "ID"}};
  for (const wire::Value& intent : list_of(data, "intents")) {
    rows.push_back({state_text(intent), cell(intent, "Priority"), cell(intent, "Processes"),
                    cell(intent, "K8sNamespace"), cell(intent, "PodName"), cell(intent, "NodeID"),
                    cell(intent, "StrategyID"), cell(intent, "ID")});
  }
  print_table(std::cout, rows);
  return {};
}

Result<> show_status(const ListOptions& options, const Environment& environment) {
  ApiClient client = TRY(client_of_session(environment));
  const wire::Value data = TRY(client.get("/api/v1/status"));
  if (options.output == OutputFormat::json) {
    std::cout << wire::to_text(data) << '\n';
    return {};
  }
  const wire::Value none;
  const wire::Value* found = data.find("workloads");
  const wire::Value& workloads = found == nullptr ? none : *found;
  std::string source = cell(workloads, "pods") + " from " + cell(workloads, "source");
  if (const std::string detail = cell(workloads, "detail"); !detail.empty())
    source += ", " + detail;
  print_table(std::cout, {{"gthulhu", cell(data, "version") + ", " + cell(data, "mode")},
                          {"store", cell(data, "store")},
                          {"strategies", cell(data, "strategies")},
                          {"workloads", source}});
  for (const wire::Value& node : list_of(data, "nodes")) print_node(node);
  return {};
}

}  // namespace gthulhu
