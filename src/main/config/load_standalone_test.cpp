// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "main/config/config_files_for_test.h"
#include "main/config/load.h"

namespace gthulhu {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(LoadStandalone, needs_no_file_at_all) {
  const auto loaded = load_standalone_config(bare(), {});
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->manager.config.listen.text(), ":8081");
  EXPECT_EQ(loaded->agent.config.listen.text(), ":8080");
  EXPECT_EQ(loaded->manager.config.data_dir, loaded->agent.config.data_dir);
}

TEST(LoadStandalone, reads_both_files_each_with_its_own_variables_and_flags) {
  const ConfigFiles files;
  files.write("manager_config.toml", "server.host = ':1'\nlogging.level = 'error'\n");
  files.write("dm_config.toml", "server.host = ':2'\nlogging.level = 'warn'\n");
  LoadOptions options = bare();
  options.config_directory = files.root();
  options.environment = {{"MANAGER_LOGGING_CONSOLE", "false"}, {"DM_LOGGING_LEVEL", "off"}};
  options.overrides = {{"store", "sqlite"}};
  const auto loaded = load_standalone_config(options, {{"enforcer.kind", "observe"}});
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->manager.config.listen.port, 1);
  EXPECT_EQ(loaded->manager.config.logging.level, LogLevel::error);
  EXPECT_FALSE(loaded->manager.config.logging.console);
  EXPECT_EQ(loaded->agent.config.listen.port, 2);
  EXPECT_EQ(loaded->agent.config.logging.level, LogLevel::off);
  EXPECT_TRUE(loaded->agent.config.logging.console);
  EXPECT_EQ(loaded->agent.config.enforcer.kind, EnforcerChoice::observe);
}

TEST(LoadStandalone, a_directory_needs_one_of_the_two_files) {
  const ConfigFiles files;
  LoadOptions options = bare();
  options.config_directory = files.root();
  const auto none = load_standalone_config(options, {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::not_found);
  files.write("dm_config.toml", "");
  EXPECT_TRUE(load_standalone_config(options, {}));
}

TEST(LoadStandalone, a_name_is_that_of_the_managers_file) {
  const ConfigFiles files;
  files.write("mine.toml", "server.host = ':1'");
  files.write("dm_config.toml", "server.host = ':2'");
  files.write("theirs.toml", "server.host = ':3'");
  LoadOptions options = bare();
  options.config_directory = files.root();
  options.config_name = "mine";
  auto loaded = load_standalone_config(options, {});
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->manager.config.listen.port, 1);
  EXPECT_EQ(loaded->agent.config.listen.port, 2);
  options.environment = {{"DM_CONFIG_NAME", "theirs"}};
  EXPECT_EQ(load_standalone_config(options, {})->agent.config.listen.port, 3);
  options.environment = {{"DM_CONFIG_NAME", "missing"}};
  EXPECT_EQ(load_standalone_config(options, {}).error().code, Errc::not_found);
}

TEST(LoadStandalone, problems_of_both_are_told_at_once) {
  LoadOptions options = bare();
  options.environment = {{"MANAGER_STORE", "x"}, {"DM_ORPHAN_AFTER", "x"}};
  const auto loaded = load_standalone_config(options, {});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message,
              AllOf(HasSubstr("MANAGER_STORE"), HasSubstr("DM_ORPHAN_AFTER")));
}

TEST(LoadStandalone, a_data_directory_of_one_is_that_of_both) {
  LoadOptions options = bare();
  options.environment = {{"MANAGER_DATA_DIR", "/m"}};
  auto loaded = load_standalone_config(options, {});
  EXPECT_EQ(loaded->manager.config.data_dir, "/m");
  EXPECT_EQ(loaded->agent.config.data_dir, "/m");
  loaded = load_standalone_config(options, {{"data_dir", "/a"}});
  EXPECT_EQ(loaded->manager.config.data_dir, "/m");
  EXPECT_EQ(loaded->agent.config.data_dir, "/a");
  loaded = load_standalone_config(bare(), {{"data_dir", "/a"}});
  EXPECT_EQ(loaded->manager.config.data_dir, "/a");
}

TEST(LoadStandalone, both_cannot_listen_at_one_address) {
  struct Case {
    const char* manager;
    const char* agent;
    bool allowed;
  };
  const Case cases[] = {{":8080", ":8080", false},
                        {"127.0.0.1:80", ":80", false},
                        {"127.0.0.1:80", "127.0.0.1:80", false},
                        {"127.0.0.1:80", "127.0.0.2:80", true},
                        {":0", ":0", true},
                        {":80", ":81", true}};
  for (const Case& given : cases) {
    LoadOptions options = bare();
    options.overrides = {{"server.host", given.manager}};
    const auto loaded = load_standalone_config(options, {{"server.host", given.agent}});
    EXPECT_EQ(loaded.has_value(), given.allowed) << given.manager << " " << given.agent;
    if (!loaded) EXPECT_THAT(loaded.error().message, HasSubstr("--manager-listen"));
  }
}

}  // namespace
}  // namespace gthulhu
