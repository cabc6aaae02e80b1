// SPDX-License-Identifier: Apache-2.0
#include "core/match/task_text.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

std::string stat_line(const std::string& comm, int parent, int start) {
  return "7 (" + comm + ") S " + std::to_string(parent) +
         " 7 7 0 -1 4194560 1 0 0 0 3 4 0 0 20 0 1 0 " + std::to_string(start) +
         " 1000 200 18446744073709551615 1 1 0\n";
}

TEST(ParseStat, takes_comm_as_it_is) {
  for (const std::string comm : {"bash", "", "a b", ")", "(sd-pam)", "x) S 1 (y", "tab\tline\n"}) {
    EXPECT_EQ(parse_stat(stat_line(comm, 42, 987654)), (TaskStat{comm, 42, 987654})) << comm;
  }
}

TEST(ParseStat, gives_nothing_for_what_is_no_stat) {
  for (const std::string text :
       {"", "7", "7 (x) S 1 2 3", ")(", "7 (x) S one 7 7 0 -1 0 1 0 0 0 3 4 0 0 20 0 1 0 5 6"}) {
    EXPECT_FALSE(parse_stat(text)) << text;
  }
}

TEST(ParseTgid, is_not_fooled_by_the_name) {
  EXPECT_EQ(parse_tgid("Name:\tTgid:\nUmask:\t0022\nTgid:\t77\nNgid:\t0\n"), 77);
  EXPECT_FALSE(parse_tgid("Name:\tx\nPid:\t3\n"));
}

}  // namespace
}  // namespace gthulhu
