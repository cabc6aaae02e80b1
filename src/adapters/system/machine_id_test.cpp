// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/machine_id.h"

#include <gtest/gtest.h>

#include "adapters/system/files.h"
#include "tests/fakes/temp_directory.h"

namespace gthulhu {
namespace {

TEST(MachineId, is_the_configured_one_or_that_of_the_file_without_line_end) {
  const TempDirectory directory;
  const std::string file = directory.path() + "/machine-id";
  EXPECT_EQ(machine_id("", file), "unknown-machine-id");
  ASSERT_TRUE(write_file(file, "\n"));
  EXPECT_EQ(machine_id("", file), "unknown-machine-id");
  ASSERT_TRUE(write_file(file, "0123456789abcdef\n"));
  EXPECT_EQ(machine_id("", file), "0123456789abcdef");
  EXPECT_EQ(machine_id(" \n", file), "0123456789abcdef");
  EXPECT_EQ(machine_id("rack 7\n", file), "rack 7");
}

}  // namespace
}  // namespace gthulhu
