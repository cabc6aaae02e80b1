// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/strategy.h"

#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>

#include "cli/commands/session.h"
#include "cli/duration.h"
#include "cli/print.h"

namespace gthulhu {

namespace {

Result<wire::Value> read_body(const std::string& path) {
  std::stringstream text;
  if (path == "-") {
    text << std::cin.rdbuf();
  } else {
    std::ifstream file(path);
    if (!file) return Error{Errc::invalid_argument, "cannot read " + path, ""};
    text << file.rdbuf();
  }
  Result<wire::Value> body = wire::parse_json(text.str());
  if (!body) {
    return Error{Errc::invalid_argument, path + ": " + body.error().message, body.error().detail};
  }
  return body;
}

wire::Value selector_of(const std::string& label) {
  const auto equals = label.find('=');
  if (equals == std::string::npos) return wire::Value::Object{{"key", label}};
  return wire::Value::Object{{"key", label.substr(0, equals)}, {"value", label.substr(equals + 1)}};
}

Result<wire::Value> body_of(const StrategyCreateOptions& options) {
  if (!options.file.empty()) return read_body(options.file);
  const std::chrono::nanoseconds slice = TRY(parse_duration(options.slice, "--slice"));
  wire::Value::Array selectors;
  for (const std::string& label : options.labels) selectors.push_back(selector_of(label));
  return wire::Value(wire::Value::Object{
      {"strategyNamespace", options.strategy_namespace},
      {"labelSelectors", std::move(selectors)},
      {"k8sNamespace", wire::Value::Array(options.namespaces.begin(), options.namespaces.end())},
      {"commandRegex", options.command},
      {"commandMatch", options.command_match},
      {"priority", options.priority},
      {"executionTime", slice.count()},
      {"rank", options.rank},
      {"cgroupPaths", wire::Value::Array(options.cgroup_paths.begin(), options.cgroup_paths.end())},
      {"name", options.name},
      {"description", options.description},
      {"excludedNamespaces",
       wire::Value::Array(options.excluded_namespaces.begin(), options.excluded_namespaces.end())},
      {"container", options.container},
      {"includeProtected", options.includes_protected},
      {"confirmAll", options.confirms_all}});
}

std::string labels_text(const wire::Value& strategy) {
  std::string text;
  for (const wire::Value& selector : list_of(strategy, "LabelSelectors")) {
    if (!text.empty()) text += ',';
    text += cell(selector, "key");
    if (const std::string value = cell(selector, "value"); !value.empty()) text += "=" + value;
  }
  return text;
}

std::string namespaces_text(const wire::Value& strategy) {
  std::string text;
  for (const wire::Value& name : list_of(strategy, "K8sNamespace")) {
    if (!text.empty()) text += ',';
    if (const auto* part = name.as<std::string>()) text += *part;
  }
  return text;
}

}  // namespace

Result<> create_strategy(const StrategyCreateOptions& options, const Environment& environment) {
  const wire::Value body = TRY(body_of(options));
  ApiClient client = TRY(client_of_session(environment));
  // A misspelt field of a file would otherwise be ignored, as old clients rely on.
  const wire::Value data =
      TRY(client.send("POST", "/api/v1/strategies?fieldValidation=Strict", body));
  if (options.output == OutputFormat::json) {
    std::cout << wire::to_text(data) << '\n';
  } else {
    std::cout << "strategy " << cell(data, "strategyId") << " created, selects "
              << cell(data, "matchedPods") << " pods\n";
  }
  return {};
}

Result<> list_strategies(const ListOptions& options, const Environment& environment) {
  ApiClient client = TRY(client_of_session(environment));
  const wire::Value data = TRY(client.get("/api/v1/strategies/self"));
  if (options.output == OutputFormat::json) {
    std::cout << wire::to_text(data) << '\n';
    return {};
  }
  std::vector<Row> rows{{"ID", "PRIORITY", "SLICE-NS", "RANK", "LABELS", "NAMESPACES", "COMMAND"}};
  for (const wire::Value& strategy : list_of(data, "strategies")) {
    rows.push_back({cell(strategy, "ID"), cell(strategy, "Priority"),
                    cell(strategy, "ExecutionTime"), cell(strategy, "Rank"), labels_text(strategy),
                    namespaces_text(strategy), cell(strategy, "CommandRegex")});
  }
  print_table(std::cout, rows);
  return {};
}

Result<> delete_strategies(const StrategyDeleteOptions& options, const Environment& environment) {
  ApiClient client = TRY(client_of_session(environment));
  for (const std::string& id : options.ids) {
    TRY(client.send("DELETE", "/api/v1/strategies", wire::Value::Object{{"strategyId", id}}));
    std::cout << "strategy " << id << " deleted\n";
  }
  return {};
}

}  // namespace gthulhu
