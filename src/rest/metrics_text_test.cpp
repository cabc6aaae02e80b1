// SPDX-License-Identifier: Apache-2.0
#include "rest/metrics_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace gthulhu::rest {
namespace {

using namespace std::chrono_literals;

void fill(MetricsText& text) {
  text.begin(MetricKind::counter, "a_total", "What \"a\" counts\\is.\nMore.");
  text.add({{"who", "x"}}, 3);
  text.add({{"who", "y"}, {"where", "z"}}, 4);
  text.begin(MetricKind::gauge, "b", "B.");
  text.add(1.5);
  text.begin(MetricKind::histogram, "c_seconds", "C.");
  text.add("_bucket", {{"le", "+Inf"}}, 1);
  text.add("_sum", {}, 25ms);
  text.add("_count", {}, 1);
}

TEST(MetricsText, in_the_format_of_prometheus_a_counter_has_its_ending_everywhere) {
  MetricsText text(MetricsFormat::prometheus);
  fill(text);
  EXPECT_EQ(std::move(text).finish(),
            "# HELP a_total What \"a\" counts\\\\is.\\nMore.\n"
            "# TYPE a_total counter\n"
            "a_total{who=\"x\"} 3\n"
            "a_total{who=\"y\",where=\"z\"} 4\n"
            "# HELP b B.\n"
            "# TYPE b gauge\n"
            "b 1.5\n"
            "# HELP c_seconds C.\n"
            "# TYPE c_seconds histogram\n"
            "c_seconds_bucket{le=\"+Inf\"} 1\n"
            "c_seconds_sum 0.025\n"
            "c_seconds_count 1\n");
}

TEST(MetricsText, in_open_metrics_only_the_samples_of_a_counter_have_it) {
  MetricsText text(MetricsFormat::open_metrics);
  fill(text);
  EXPECT_EQ(std::move(text).finish(),
            "# HELP a What \\\"a\\\" counts\\\\is.\\nMore.\n"
            "# TYPE a counter\n"
            "a_total{who=\"x\"} 3\n"
            "a_total{who=\"y\",where=\"z\"} 4\n"
            "# HELP b B.\n"
            "# TYPE b gauge\n"
            "b 1.5\n"
            "# HELP c_seconds C.\n"
            "# TYPE c_seconds histogram\n"
            "c_seconds_bucket{le=\"+Inf\"} 1\n"
            "c_seconds_sum 0.025\n"
            "c_seconds_count 1\n"
            "# EOF\n");
}

TEST(MetricsText, a_label_may_hold_anything) {
  MetricsText text(MetricsFormat::prometheus);
  text.begin(MetricKind::gauge, "g", "");
  text.add({{"l", "back\\slash \"quoted\" two\nlines {,} é"}}, 1);
  EXPECT_EQ(std::move(text).finish(),
            "# HELP g \n# TYPE g gauge\n"
            "g{l=\"back\\\\slash \\\"quoted\\\" two\\nlines {,} é\"} 1\n");
}

TEST(MetricsText, without_families_there_is_only_the_end) {
  EXPECT_EQ(MetricsText(MetricsFormat::prometheus).finish(), "");
  EXPECT_EQ(MetricsText(MetricsFormat::open_metrics).finish(), "# EOF\n");
}

TEST(MetricValue, is_written_without_loss) {
  EXPECT_EQ(MetricValue(std::numeric_limits<std::uint64_t>::max()).text(), "18446744073709551615");
  EXPECT_EQ(MetricValue(-5).text(), "-5");
  EXPECT_EQ(MetricValue(true).text(), "1");
  EXPECT_EQ(MetricValue(0.1).text(), "0.1");
  EXPECT_EQ(MetricValue(std::numeric_limits<double>::infinity()).text(), "+Inf");
  EXPECT_EQ(MetricValue(-std::numeric_limits<double>::infinity()).text(), "-Inf");
  EXPECT_EQ(MetricValue(std::numeric_limits<double>::quiet_NaN()).text(), "NaN");
  EXPECT_EQ(MetricValue(0ns).text(), "0.0");
  EXPECT_EQ(MetricValue(3021ms).text(), "3.021");
  EXPECT_EQ(MetricValue(1ns).text(), "0.000000001");
}

TEST(MetricsTextDeathTest, a_family_twice_or_a_counter_without_its_ending_is_a_mistake_of_ours) {
  MetricsText text(MetricsFormat::prometheus);
  text.begin(MetricKind::gauge, "g", "G.");
  EXPECT_DEATH(text.begin(MetricKind::gauge, "g", "G."), "broken invariant");
  EXPECT_DEATH(text.begin(MetricKind::counter, "c", "C."), "broken invariant");
  EXPECT_DEATH(text.begin(MetricKind::gauge, "d_total", "D."), "broken invariant");
}

}  // namespace
}  // namespace gthulhu::rest
