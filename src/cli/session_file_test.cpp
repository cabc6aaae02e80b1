// SPDX-License-Identifier: Apache-2.0
#include "cli/session_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/fakes/temp_directory.h"

namespace gthulhu {
namespace {

TEST(SessionPath, the_variable_wins_over_the_configuration_directory_and_that_over_home) {
  EXPECT_EQ(session_path({{"GTHULHU_SESSION", "/a"}, {"XDG_CONFIG_HOME", "/b"}, {"HOME", "/c"}}),
            "/a");
  EXPECT_EQ(session_path({{"XDG_CONFIG_HOME", "/b"}, {"HOME", "/c"}}), "/b/gthulhu/session.json");
  EXPECT_EQ(session_path({{"HOME", "/c"}}), "/c/.config/gthulhu/session.json");
}

TEST(SessionFile, what_was_saved_is_loaded_and_nobody_else_can_read_it) {
  const TempDirectory folder;
  const std::string path = folder.path() + "/deep/session.json";
  ASSERT_TRUE(save_session(path, {"http://h:1", "admin", "t.o.k"}));
  ASSERT_TRUE(save_session(path, {"http://h:2", "admin", "t.o.k"}));
  const auto session = load_session(path);
  ASSERT_TRUE(session);
  EXPECT_EQ(session->server, "http://h:2");
  EXPECT_EQ(session->token, "t.o.k");
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(SessionFile, a_link_in_the_way_is_not_followed) {
  const TempDirectory folder;
  const std::string path = folder.path() + "/session.json";
  const std::string target = folder.path() + "/target";
  std::filesystem::create_symlink(target, path + ".new");
  ASSERT_TRUE(save_session(path, {"http://h:1", "admin", "secret"}));
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST(SessionFile, without_one_the_way_out_is_named) {
  const auto session = load_session("/nowhere/session.json");
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Errc::unauthenticated);
  EXPECT_NE(session.error().message.find("gthulhu login"), std::string::npos);
}

}  // namespace
}  // namespace gthulhu
