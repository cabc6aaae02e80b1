// SPDX-License-Identifier: Apache-2.0
#include "wire/scheduler_report_json.h"

#include <gtest/gtest.h>

namespace gthulhu::wire {
namespace {

Result<SchedulerReport> decoded(std::string_view text) {
  return decode_scheduler_report(TRY(parse_json(text)));
}

TEST(SchedulerReportJson, takes_every_field_and_leaves_out_what_is_absent) {
  const auto report = decoded(
      R"({"usersched_last_run_at":1,"nr_queued":2,"nr_scheduled":3,"nr_running":4,
          "nr_online_cpus":5,"nr_user_dispatches":6,"nr_kernel_dispatches":7,
          "nr_cancel_dispatches":8,"nr_bounce_dispatches":9,"nr_failed_dispatches":10,
          "nr_sched_congested":18446744073709551615,"other":-1})");
  ASSERT_TRUE(report) << report.error().text();
  for (std::size_t i = 0; i + 1 < scheduler_figure_count; ++i) {
    EXPECT_EQ((*report)[static_cast<SchedulerFigure>(i)], i + 1);
  }
  EXPECT_EQ((*report)[SchedulerFigure::congestions], 18446744073709551615u);
  EXPECT_EQ(*decoded(R"({"nr_queued":null})"), SchedulerReport());
  EXPECT_EQ((*decoded(R"({"NR_Queued":10.0})"))[SchedulerFigure::queued], 10u);
}

TEST(SchedulerReportJson, refuses_what_is_no_number_of_64_bits_without_sign) {
  for (const std::string number : {"-1", "-9223372036854775808", "1.5", "18446744073709551616",
                                   "1e300", "-0.5", "\"1\"", "true", "[]"}) {
    const auto refused = decoded("{\"nr_running\":" + number + "}");
    ASSERT_FALSE(refused) << number;
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_EQ(refused.error().field, "nr_running") << refused.error().text();
  }
  EXPECT_FALSE(decoded("[]"));
}

}  // namespace
}  // namespace gthulhu::wire
