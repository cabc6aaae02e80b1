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

TEST(ParseTaskList, has_the_numbers_in_their_order_and_none_of_another_pid_namespace) {
  EXPECT_EQ(parse_task_list("20\n0\n3\n-1\nx\n"), (std::vector<pid_t>{20, 3}));
  EXPECT_TRUE(parse_task_list("").empty());
}

TEST(TaskUsageText, of_schedstat_has_times_and_runs) {
  TaskUsage usage;
  EXPECT_TRUE(take_schedstat("88991 60476 2\n", usage));
  EXPECT_EQ(usage, (TaskUsage{.cpu_ns = 88991, .wait_ns = 60476, .runs = 2}));
  for (const std::string text : {"", "1", "1 2", "1 2 x", "-1 2 3"}) {
    EXPECT_FALSE(take_schedstat(text, usage)) << text;
  }
  EXPECT_EQ(usage.runs, 2u);
}

TEST(TaskUsageText, of_sched_has_switches_and_migrations) {
  const std::string text =
      "a\nnr_switches : 9 (77, #threads: 1)\n"
      "-------------------------------------------------------------------\n"
      "se.sum_exec_runtime                          :             0.660861\n"
      "se.nr_migrations                             :                    4\n"
      "nr_switches                                  :                   12\n"
      "nr_voluntary_switches                        :                    7\n"
      "nr_involuntary_switches                      :                    5\n";
  TaskUsage usage;
  EXPECT_TRUE(take_sched(text, usage));
  EXPECT_EQ(usage,
            (TaskUsage{.voluntary_switches = 7, .involuntary_switches = 5, .migrations = 4}));
  EXPECT_FALSE(take_sched("cat (1, #threads: 1)\n", usage));
}

TEST(TaskUsageText, of_status_has_switches) {
  TaskUsage usage{.migrations = 3};
  EXPECT_TRUE(take_status(
      "Name:\tcat\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t545\n", usage));
  EXPECT_EQ(usage,
            (TaskUsage{.voluntary_switches = 150, .involuntary_switches = 545, .migrations = 3}));
  EXPECT_FALSE(take_status("Name:\tcat\nvoluntary_ctxt_switches:\tmany\n", usage));
}

}  // namespace
}  // namespace gthulhu
