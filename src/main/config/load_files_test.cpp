// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "main/config/config_files_for_test.h"
#include "main/config/load.h"

namespace gthulhu {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(ConfigFile, the_first_directory_that_has_the_file_decides) {
  const ConfigFiles files;
  files.write("one/other.toml", "server.host = ':1'");
  const std::string second = files.write("two/manager_config.toml", "server.host = ':2'");
  files.write("three/manager_config.toml", "server.host = ':3'");
  LoadOptions options = bare();
  options.search_directories = {files.root() + "/two", files.root() + "/three"};
  options.config_directory = files.root() + "/one";
  const auto loaded = load_manager_config(options);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->file, second);
  EXPECT_EQ(loaded->config.listen.port, 2);
}

TEST(ConfigFile, variables_for_name_and_directory_win_over_flags) {
  const ConfigFiles files;
  files.write("flag/flag.toml", "server.host = ':1'");
  files.write("flag/variable.toml", "server.host = ':2'");
  files.write("variable/variable.toml", "server.host = ':3'");
  LoadOptions options = bare();
  options.config_name = "flag";
  options.config_directory = files.root() + "/flag";
  EXPECT_EQ(load_manager_config(options)->config.listen.port, 1);
  options.environment = {{"MANAGER_CONFIG_NAME", "variable"}};
  EXPECT_EQ(load_manager_config(options)->config.listen.port, 2);
  options.environment["MANAGER_CONFIG_DIR_PATH"] = files.root() + "/variable";
  EXPECT_EQ(load_manager_config(options)->config.listen.port, 3);
  EXPECT_THAT(load_manager_config(options)->warnings, IsEmpty());
  EXPECT_EQ(load_agent_config(options)->config.listen.port, 1);  // they are the manager's
}

TEST(ConfigFile, a_name_may_have_its_extension_or_be_a_whole_path) {
  const ConfigFiles files;
  const std::string path = files.write("mine.toml", "server.host = ':1'");
  LoadOptions options = bare();
  options.search_directories = {files.root()};
  for (const std::string& name : {std::string("mine"), std::string("mine.toml"), path}) {
    options.config_name = name;
    const auto loaded = load_manager_config(options);
    ASSERT_TRUE(loaded) << loaded.error().text();
    EXPECT_EQ(loaded->file, path);
  }
}

TEST(ConfigFile, a_file_that_was_asked_for_must_be_there) {
  const ConfigFiles files;
  LoadOptions by_name = bare();
  by_name.config_name = "mine";
  by_name.search_directories = {files.root(), "/nowhere"};
  LoadOptions by_directory = bare();
  by_directory.config_directory = files.root();
  LoadOptions by_variable = bare();
  by_variable.environment = {{"MANAGER_CONFIG_NAME", "mine"}};
  by_variable.search_directories = {files.root()};
  for (const LoadOptions& options : {by_name, by_directory, by_variable}) {
    const auto loaded = load_manager_config(options);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, Errc::not_found);
    EXPECT_THAT(loaded.error().message, HasSubstr(files.root()));
  }
  EXPECT_EQ(load_manager_config(by_name).error().message,
            "there is no configuration file mine.toml in " + files.root() + ", /nowhere");
}

TEST(ConfigFile, a_file_that_is_too_large_or_no_toml_is_refused) {
  const OneFile large("# " + std::string(2U << 20U, 'x'));
  EXPECT_EQ(load_manager_config(large.options).error().code, Errc::too_large);
  const OneFile wrong("[server\n");
  EXPECT_THAT(refusal(wrong.options), StartsWith(wrong.at("1:")));
}

TEST(DataDirectory, is_of_the_system_for_root_and_of_the_user_else) {
  const Environment both{{"XDG_STATE_HOME", "/state"}, {"HOME", "/home/me"}};
  EXPECT_EQ(default_data_directory(both, true), "/var/lib/gthulhu");
  EXPECT_EQ(default_data_directory(both, false), "/state/gthulhu");
  EXPECT_EQ(default_data_directory({{"HOME", "/home/me"}}, false), "/home/me/.local/state/gthulhu");
  EXPECT_EQ(default_data_directory({{"XDG_STATE_HOME", "relative"}, {"HOME", "/h"}}, false),
            "/h/.local/state/gthulhu");
  ASSERT_FALSE(default_data_directory({}, false));
  EXPECT_EQ(default_data_directory({}, false).error().code, Errc::invalid_argument);
}

TEST(DataDirectory, is_asked_for_only_where_none_is_given) {
  LoadOptions options = bare();
  options.root = false;
  EXPECT_THAT(refusal(options), HasSubstr("--data-dir"));
  options.overrides = {{"data_dir", "/d"}};
  EXPECT_EQ(load_manager_config(options)->config.data_dir, "/d");
}

}  // namespace
}  // namespace gthulhu
