// SPDX-License-Identifier: Apache-2.0
#include "main/config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "main/config/config_files_for_test.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(LoadConfig, without_any_source_there_are_the_defaults) {
  const auto manager = load_manager_config(bare());
  ASSERT_TRUE(manager) << manager.error().text();
  EXPECT_EQ(manager->file, "");
  EXPECT_THAT(manager->warnings, IsEmpty());
  const ManagerConfig& config = manager->config;
  EXPECT_EQ(config.listen.text(), ":8081");
  EXPECT_EQ(config.logging.level, LogLevel::info);
  EXPECT_TRUE(config.logging.console);
  EXPECT_EQ(config.data_dir, "/var/lib/gthulhu");
  EXPECT_EQ(config.store, StoreKind::sqlite);
  EXPECT_EQ(config.store_reason, "default");
  EXPECT_TRUE(config.key.rsa_private_key_pem.empty());
  EXPECT_EQ(config.key.access_token, 3h);
  EXPECT_EQ(config.account.admin_email, "admin@localhost");
  EXPECT_FALSE(config.allow_demo_keys);

  const auto agent = load_agent_config(bare());
  ASSERT_TRUE(agent) << agent.error().text();
  EXPECT_EQ(agent->config.listen.text(), ":8080");
  EXPECT_EQ(agent->config.token.duration, 24h);
  EXPECT_FALSE(agent->config.token.allow_public_key_exchange);
  EXPECT_EQ(agent->config.orphan_after, 10min);
  EXPECT_EQ(agent->config.enforcer.kind, EnforcerChoice::automatic);
  EXPECT_FALSE(agent->config.enforcer.kubelet_weights);
  EXPECT_FALSE(agent->config.scheduler.keep_on_stop);
  EXPECT_FALSE(agent->config.scheduler.refuse_limited_nodes);
  EXPECT_EQ(agent->config.node, NodeName("host-1"));
}

TEST(LoadConfig, a_flag_wins_over_a_variable_over_the_file_over_the_default) {
  struct Case {
    bool file, variable, flag;
    const char* listen;
    std::chrono::hours token;
  };
  const Case cases[] = {
      {false, false, false, ":8081", 3h}, {true, false, false, ":1", 1h},
      {false, true, false, ":2", 2h},     {true, true, false, ":2", 2h},
      {false, false, true, ":4", 4h},     {true, false, true, ":4", 4h},
      {false, true, true, ":4", 4h},      {true, true, true, ":4", 4h},
  };
  const OneFile file("server.host = ':1'\nkey.access_token_hr = 1\n");
  for (const Case& given : cases) {
    LoadOptions options = given.file ? file.options : bare();
    if (given.variable) {
      options.environment = {{"MANAGER_SERVER_HOST", ":2"}, {"MANAGER_KEY_ACCESS_TOKEN_HR", "2"}};
    }
    if (given.flag) options.overrides = {{"server.host", ":4"}, {"key.access_token_hr", "4"}};
    const auto loaded = load_manager_config(options);
    ASSERT_TRUE(loaded) << loaded.error().text();
    EXPECT_EQ(loaded->config.listen.text(), given.listen);
    EXPECT_EQ(loaded->config.key.access_token, given.token);
  }
}

TEST(LoadConfig, empty_variables_and_texts_are_no_values) {
  OneFile file("[server]\nhost = ':1'\n[logging]\nlevel = ''\n[key]\nclient_id = ''\n");
  file.options.environment = {{"MANAGER_SERVER_HOST", ""}, {"MANAGER_MTLS_ENABLE", " "}};
  const auto loaded = load_manager_config(file.options);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->config.listen.text(), ":1");
  EXPECT_EQ(loaded->config.logging.level, LogLevel::info);
  EXPECT_EQ(loaded->config.key.client_id, "manager-client");
}

TEST(LoadConfig, keys_have_no_case) {
  const OneFile file("[Server]\nHOST = ':1'\n[KEY]\nClient_Id = 'Me'\n");
  const auto loaded = load_manager_config(file.options);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->config.listen.text(), ":1");
  EXPECT_EQ(loaded->config.key.client_id, "Me");
  EXPECT_THAT(refusal_of("[server]\nhost = ':1'\nHost = ':2'\n"),
              EndsWith("manager_config.toml:2:1"));
}

TEST(LoadConfig, every_setting_of_the_decision_maker_arrives) {
  OneFile file(
      "data_dir = '/d'\norphan_after = '90s'\nnode_name = 'n'\nmachine_id = 'm'\n"
      "allow_demo_keys = true\n"
      "[server]\nhost = '127.0.0.1:1'\n"
      "[logging]\nlevel = 'error'\nconsole = false\nfile_path = '/l'\npath = 'x'\n"
      "[token]\nenable = true\ntoken_duration_hr = 720\nallow_public_key_exchange = true\n"
      "rsa_private_key_pem = \"\"\"\n" +
          std::string(some_private_pem) +
          "\"\"\"\n"
          "[enforcer]\nkind = 'cfs'\nkubelet_weights = true\n"
          "[scheduler]\nkeep_on_stop = true\nrefuse_limited_nodes = true\n"
          "[daemon]\nendpoint = 'http://127.0.0.1:18080'\ntimeout_sec = 5\n",
      "dm_config.toml");
  const auto loaded = load_agent_config(file.options);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_THAT(loaded->warnings, IsEmpty());
  const AgentConfig& config = loaded->config;
  EXPECT_EQ(config.data_dir, "/d");
  EXPECT_EQ(config.orphan_after, 90s);
  EXPECT_EQ(config.node, NodeName("n"));
  EXPECT_EQ(config.machine_id, "m");
  EXPECT_TRUE(config.allow_demo_keys);
  EXPECT_EQ(config.listen.text(), "127.0.0.1:1");
  EXPECT_EQ(config.logging.level, LogLevel::error);
  EXPECT_FALSE(config.logging.console);
  EXPECT_EQ(config.logging.file_path, "/l");
  EXPECT_EQ(config.token.duration, 720h);
  EXPECT_TRUE(config.token.allow_public_key_exchange);
  EXPECT_EQ(config.token.rsa_private_key_pem.reveal(), some_private_pem);
  EXPECT_EQ(config.enforcer.kind, EnforcerChoice::cfs);
  EXPECT_TRUE(config.enforcer.kubelet_weights);
  EXPECT_TRUE(config.scheduler.keep_on_stop);
  EXPECT_TRUE(config.scheduler.refuse_limited_nodes);
}

TEST(LoadConfig, the_nodes_own_variables_lose_against_those_of_the_program) {
  OneFile file("node_name = 'file'\n", "dm_config.toml");
  const auto node = [&file] { return load_agent_config(file.options)->config.node.str(); };
  EXPECT_EQ(node(), "file");
  file.options.environment = {{"NODE_NAME", "plain"}, {"MACHINE_ID", "m"}};
  EXPECT_EQ(node(), "plain");
  EXPECT_EQ(load_agent_config(file.options)->config.machine_id, "m");
  file.options.environment.emplace("DM_NODE_NAME", "prefixed");
  EXPECT_EQ(node(), "prefixed");
}

TEST(LoadConfig, a_machine_without_a_host_name_must_name_its_node) {
  LoadOptions options = bare();
  options.host_name.clear();
  ASSERT_FALSE(load_agent_config(options));
  EXPECT_THAT(load_agent_config(options).error().message, StartsWith("node_name: "));
}

TEST(LoadConfig, the_store_follows_from_the_keys_unless_it_is_named) {
  struct Case {
    const char* text;
    StoreKind store;
    const char* reason;
  };
  const Case cases[] = {
      {"", StoreKind::sqlite, "default"},
      {"store = 'mongodb'", StoreKind::mongodb, "store ("},
      {"store = 'sqlite'\nmongodb.host = 'h'", StoreKind::sqlite, "store ("},
      {"mongodb.host = 'h'", StoreKind::mongodb, "mongodb.host ("},
      {"mongodb.port = 1", StoreKind::mongodb, "mongodb.port ("},
      {"store = ''\nmongodb.password = 'p'", StoreKind::mongodb, "mongodb.password ("},
      {"mongodb.host = ''\nmongodb.password = ' '", StoreKind::sqlite, "default"},
      {"mongodb.ca_pem_enable = false", StoreKind::sqlite, "default"}};
  for (const Case& given : cases) {
    const auto loaded = load_manager_config(OneFile(given.text).options);
    ASSERT_TRUE(loaded) << loaded.error().text();
    EXPECT_EQ(loaded->config.store, given.store) << given.text;
    EXPECT_THAT(loaded->config.store_reason, StartsWith(given.reason));
  }
}

// The keys of the Go program's sample, with the values that it has for them but for the demo keys.
TEST(LoadConfig, the_go_programs_managers_file_is_taken) {
  const std::string key = std::string("\"\"\"\n") + some_private_pem + "\"\"\"\n";
  const std::string certificate = std::string("\"\"\"\n") + some_certificate_pem + "\"\"\"\n";
  const OneFile file(
      "[server]\nhost = \":8080\"\n[logging]\nlevel = \"info\"\npath = \"logs/app.log\"\n"
      "[mongodb]\nhost = \"localhost\"\nport = \"27017\"\nuser = \"test\"\npassword = \"test\"\n"
      "database = \"manager\"\noptions = \"authSource=admin&ssl=false\"\nca_pem_enable = false\n"
      "ca_pem = " +
      certificate + "[key]\nrsa_private_key_pem = " + key + "dm_public_key_pem = " + certificate +
      "client_id = \"manager-client\"\n"
      "[account]\nadmin_email = \"admin@example.com\"\nadmin_password = \"your-password-here\"\n"
      "[k8s]\nkube_config_path = \"/path/to/kubeconfig\"\nin_cluster = false\n"
      "[mtls]\nenable = false\nserver_name = \"localhost\"\ncert_pem = " +
      certificate + "key_pem = " + key + "ca_pem = " + certificate);
  const auto loaded = load_manager_config(file.options);
  ASSERT_TRUE(loaded) << loaded.error().text();
  const ManagerConfig& config = loaded->config;
  EXPECT_EQ(config.store, StoreKind::mongodb);
  EXPECT_EQ(config.mongodb.port, 27017);
  EXPECT_EQ(config.mongodb.password.reveal(), "test");
  EXPECT_EQ(config.account.admin_email, "admin@example.com");
  EXPECT_EQ(config.k8s.kube_config_path, "/path/to/kubeconfig");
  EXPECT_EQ(config.key.rsa_private_key_pem.reveal(), some_private_pem);
  EXPECT_EQ(config.mtls.server_name, "localhost");
  EXPECT_EQ(config.logging.file_path, "");
  EXPECT_THAT(loaded->warnings, Contains(HasSubstr("logging.path")));
  EXPECT_THAT(loaded->warnings, Contains(HasSubstr("account.admin_password")));
  EXPECT_THAT(loaded->warnings, Each(Not(HasSubstr("your-password-here"))));
}

}  // namespace
}  // namespace gthulhu
