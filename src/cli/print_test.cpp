// SPDX-License-Identifier: Apache-2.0
#include "cli/print.h"

#include <gtest/gtest.h>

#include <sstream>

namespace gthulhu {
namespace {

TEST(PrintTable, columns_are_as_wide_as_their_widest_cell) {
  std::ostringstream out;
  print_table(out, {{"ID", "NAME"}, {"1234", "x"}, {"1", ""}});
  EXPECT_EQ(out.str(), "ID    NAME\n1234  x\n1     \n");
}

TEST(ExitCode, success_is_0_and_every_error_has_its_own_kind) {
  EXPECT_EQ(exit_code({}), 0);
  EXPECT_EQ(exit_code(Error{Errc::invalid_argument, "", ""}), 2);
  EXPECT_EQ(exit_code(Error{Errc::unauthenticated, "", ""}), 3);
  EXPECT_EQ(exit_code(Error{Errc::forbidden, "", ""}), 4);
  EXPECT_EQ(exit_code(Error{Errc::not_found, "", ""}), 5);
  EXPECT_EQ(exit_code(Error{Errc::unavailable, "", ""}), 7);
  EXPECT_EQ(exit_code(Error{Errc::internal, "", ""}), 1);
}

}  // namespace
}  // namespace gthulhu
