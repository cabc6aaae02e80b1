// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/fakes/temp_directory.h"

namespace gthulhu {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat found{};
  EXPECT_EQ(::stat(path.c_str(), &found), 0);
  return found.st_mode & 07777U;
}

std::size_t entries(const std::string& directory) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(directory), {}));
}

TEST(Files, what_is_written_is_read) {
  const TempDirectory directory;
  const std::string path = directory.file("a");
  const std::string content("with\0zero\n", 10);

  ASSERT_TRUE(write_file(path, content).has_value());

  EXPECT_EQ(read_file(path, 10).value(), content);
  EXPECT_EQ(mode_of(path), 0600u);
  EXPECT_EQ(entries(directory.path()), 1u);
}

TEST(Files, writing_replaces_content_and_mode) {
  const TempDirectory directory;
  const std::string path = directory.file("a");
  ASSERT_TRUE(write_file(path, std::string(100'000, 'x'), 0644).has_value());
  EXPECT_EQ(mode_of(path), 0644u);

  ASSERT_TRUE(write_file(path, "short", 0600).has_value());

  EXPECT_EQ(read_file(path, 100).value(), "short");
  EXPECT_EQ(mode_of(path), 0600u);
}

TEST(Files, a_file_over_the_bound_is_refused_and_one_at_it_is_not) {
  const TempDirectory directory;
  const std::string path = directory.file("a");
  ASSERT_TRUE(write_file(path, "12345").has_value());

  EXPECT_EQ(read_file(path, 5).value(), "12345");
  EXPECT_EQ(read_file(path, 4).error().code, Errc::too_large);
}

TEST(Files, a_bound_holds_for_a_file_without_end) {
  EXPECT_EQ(read_file("/dev/zero", 100'000).error().code, Errc::too_large);
}

TEST(Files, errors_name_the_path) {
  const TempDirectory directory;
  const auto missing = read_file(directory.file("nowhere"), 10);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_NE(missing.error().message.find(directory.file("nowhere")), std::string::npos);

  const auto is_directory = read_file(directory.path(), 10);
  EXPECT_EQ(is_directory.error().code, Errc::unavailable);

  const auto no_parent = write_file(directory.file("no/where"), "x");
  EXPECT_EQ(no_parent.error().code, Errc::not_found);
  EXPECT_NE(no_parent.error().message.find("no/where"), std::string::npos);
}

TEST(Files, a_write_that_fails_leaves_the_old_content_and_no_rubbish) {
  const TempDirectory directory;
  std::filesystem::create_directories(directory.file("a/full"));

  EXPECT_FALSE(write_file(directory.file("a"), "x").has_value());  // a directory is in the way

  EXPECT_EQ(entries(directory.path()), 1u);
}

TEST(Files, directories_are_made_with_their_parents_and_mode) {
  const TempDirectory directory;
  const std::string path = directory.file("a/b/c");

  ASSERT_TRUE(make_directories(path, 0700).has_value());
  ASSERT_TRUE(make_directories(path, 0755).has_value());  // exists: left alone

  EXPECT_EQ(mode_of(path), 0700u);
  EXPECT_EQ(mode_of(directory.file("a")), 0700u);
}

TEST(Files, a_file_in_the_way_of_a_directory_is_an_error) {
  const TempDirectory directory;
  ASSERT_TRUE(write_file(directory.file("a"), "").has_value());

  EXPECT_FALSE(make_directories(directory.file("a")).has_value());
  EXPECT_FALSE(make_directories(directory.file("a/b")).has_value());
}

}  // namespace
}  // namespace gthulhu
