// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/small_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/fakes/temp_directory.h"

namespace gthulhu {
namespace {

TEST(SmallFile, all_of_it_is_read) {
  const TempDirectory directory;
  const std::string content(small_file_most, 'a');
  std::ofstream(directory.file("full")) << content;
  EXPECT_EQ(read_small_file(directory.file("full"), "the file").value(), content);
}

TEST(SmallFile, one_byte_too_many_is_an_error_that_names_the_bound) {
  const TempDirectory directory;
  std::ofstream(directory.file("full")) << std::string(small_file_most + 1, 'a');
  const auto read = read_small_file(directory.file("full"), "the token file");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::too_large);
  EXPECT_EQ(read.error().message,
            "the token file " + directory.file("full") + " holds more than 1048576 bytes");
}

TEST(SmallFile, the_error_of_one_that_cannot_be_read_says_what_and_why) {
  const TempDirectory directory;
  const auto missing = read_small_file(directory.file("none"), "the CA file");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_EQ(missing.error().message,
            "the CA file " + directory.file("none") + " cannot be read: No such file or directory");
  const auto folder = read_small_file(directory.path(), "the CA file");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace gthulhu
