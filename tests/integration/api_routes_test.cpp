// SPDX-License-Identifier: Apache-2.0
//
// docs/api says which routes there are; the servers have these and no others. That their answers
// fit is seen by all tests in Python (tests/integration/api_document.py).
#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/access/permission_catalogue.h"
#include "main/agent_server.h"
#include "main/manager_server.h"
#include "rest/embedded_files.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_enforcer.h"
#include "tests/fakes/fake_node_link.h"
#include "tests/fakes/fake_pod_delays.h"
#include "tests/fakes/fake_processes.h"
#include "tests/fakes/fake_task_usages.h"
#include "tests/fakes/temp_directory.h"
#include "wire/json.h"

namespace gthulhu {
namespace {

using Routes = std::vector<std::pair<std::string, std::string>>;
using Object = wire::Value::Object;

wire::Value parsed(std::string_view document) {
  auto value = wire::parse_json(document);
  EXPECT_TRUE(value) << value.error().text();
  return value ? std::move(*value) : wire::Value();
}

// Sorted (method, path) of a document. Of a path's members only `parameters` is no method.
Routes routes_of(std::string_view document) {
  const wire::Value value = parsed(document);
  const auto& paths = *value.find("paths")->as<Object>();
  Routes routes;
  for (const auto& [path, item] : paths) {
    const auto& members = *item.as<Object>();
    for (const auto& [member, unused] : members) {
      if (member == "parameters") continue;
      std::string method = member;
      std::ranges::transform(method, method.begin(), [](char c) { return std::toupper(c); });
      routes.emplace_back(std::move(method), path);
    }
  }
  std::ranges::sort(routes);
  return routes;
}

class NoReports : public ReportSink {
 public:
  void node_reported(NodeReport) override {}
};

class ApiDocument : public testing::Test {
 protected:
  void SetUp() override {
    auto made = Surroundings::create();
    ASSERT_TRUE(made) << made.error().text();
    surroundings_ = std::move(*made);
  }

  TempDirectory directory_;
  std::unique_ptr<Surroundings> surroundings_;
};

TEST_F(ApiDocument, of_the_manager_has_its_routes_and_no_others) {
  ManagerServer::Settings settings;
  settings.config.listen = {"127.0.0.1", 0};
  settings.config.data_dir = directory_.path();
  settings.admin_password = "correct horse battery";
  settings.assembly = {"standalone", "sqlite", "local", [] { return WorkloadStatus(); }};
  FakeNodeLink link;
  const auto server = ManagerServer::open(std::move(settings), *surroundings_, link);
  ASSERT_TRUE(server) << server.error().text();
  EXPECT_EQ((*server)->router().routes(), routes_of(rest::manager_document()));
  (*server)->stop();
}

TEST_F(ApiDocument, of_the_decision_maker_has_its_routes_and_no_others) {
  AgentConfig config;
  config.listen = {"127.0.0.1", 0};
  config.data_dir = directory_.path();
  config.node = NodeName("node-1");
  FakeProcesses processes;
  FakeTaskUsages usages;
  FakePodDelays delays;
  FakeEnforcer enforcer;
  const FakeClock clock;
  DecisionReads reads(clock);
  NoReports reports;
  const auto server = AgentServer::start(std::move(config), *surroundings_,
                                         {processes, usages, delays, enforcer, reads, reports});
  ASSERT_TRUE(server) << server.error().text();
  EXPECT_EQ((*server)->router().routes(), routes_of(rest::agent_document()));
  (*server)->stop();
}

TEST_F(ApiDocument, of_the_manager_has_all_permission_keys_and_no_others) {
  const wire::Value document = parsed(rest::manager_document());
  const wire::Value* keys =
      document.find("components")->find("schemas")->find("PermissionKey")->find("enum");
  ASSERT_NE(keys, nullptr);
  std::vector<std::string> documented;
  const auto& items = *keys->as<wire::Value::Array>();
  for (const wire::Value& key : items) documented.push_back(*key.as<std::string>());
  std::vector<std::string> ours;
  for (const PermissionEntry& entry : permission_catalogue)
    ours.emplace_back(key(entry.permission));
  EXPECT_THAT(documented, testing::UnorderedElementsAreArray(ours));
}

}  // namespace
}  // namespace gthulhu
