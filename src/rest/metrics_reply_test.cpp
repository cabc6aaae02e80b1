// SPDX-License-Identifier: Apache-2.0
#include "rest/metrics_reply.h"

#include <gtest/gtest.h>

namespace gthulhu::rest {
namespace {

constexpr MetricsFormat text = MetricsFormat::prometheus;
constexpr MetricsFormat open = MetricsFormat::open_metrics;

MetricsFormat wanted(const std::string& accept) {
  return wanted_format({{"Accept", accept}});
}

TEST(WantedFormat, is_text_unless_open_metrics_is_named) {
  EXPECT_EQ(wanted_format({}), text);
  for (const std::string accept :
       {"", "*/*", "application/*", "text/plain", "text/html, */*;q=0.1", "nonsense", ",;,"}) {
    EXPECT_EQ(wanted(accept), text) << accept;
  }
  EXPECT_EQ(wanted("application/openmetrics-text"), open);
  EXPECT_EQ(wanted("Application/OpenMetrics-Text ; Version=\"1.0.0\" ; charset=utf-8"), open);
}

TEST(WantedFormat, is_what_different_releases_of_prometheus_ask_for) {
  EXPECT_EQ(wanted("application/openmetrics-text;version=1.0.0,"
                   "application/openmetrics-text;version=0.0.1;q=0.75,"
                   "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            open);
  EXPECT_EQ(wanted("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                   "application/openmetrics-text;version=0.0.1;q=0.5,"
                   "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                   "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"),
            open);
  // This one knows only an older OpenMetrics.
  EXPECT_EQ(wanted("application/openmetrics-text; version=0.0.1,"
                   "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            text);
  EXPECT_EQ(wanted("text/plain;version=0.0.4;q=1,*/*;q=0.1"), text);
}

TEST(WantedFormat, is_the_one_of_the_higher_quality) {
  EXPECT_EQ(wanted("application/openmetrics-text;q=0.5, text/plain;q=0.6"), text);
  EXPECT_EQ(wanted("application/openmetrics-text;q=0.6, text/plain;q=0.5"), open);
  EXPECT_EQ(wanted("application/openmetrics-text;q=0"), text);
  EXPECT_EQ(wanted("application/openmetrics-text;q=0.000, text/plain;q=0"), text);
  EXPECT_EQ(wanted("application/openmetrics-text;q=0.1, */*"), text);
  // The more exact range decides, wherever it stands.
  EXPECT_EQ(wanted("text/plain;q=0.1, */*;q=1, application/openmetrics-text;q=0.2"), open);
  EXPECT_EQ(wanted("application/openmetrics-text, application/openmetrics-text;version=1.0.0;q=0.1,"
                   "text/*;q=0.5"),
            text);
}

TEST(WantedFormat, does_not_stumble_over_what_is_no_quality_or_no_list) {
  for (const std::string quality :
       {"2", "-1", "1.5", "0.1234", "", "x", "0x1", "00", ".5", "0.-1"}) {
    EXPECT_EQ(wanted("application/openmetrics-text;q=" + quality), text) << quality;
  }
  EXPECT_EQ(wanted("application/openmetrics-text;x=\"a,b;q=0\""), open);
  EXPECT_EQ(wanted("text/plain;x=\"\\\",\",application/openmetrics-text;q=1."), open);
  EXPECT_EQ(wanted("application/openmetrics-text;x=\"not ended, text/plain"), open);
}

TEST(WantedFormat, joins_several_fields) {
  EXPECT_EQ(wanted_format({{"Accept", "text/plain;q=0.5"},
                           {"X", "text/plain"},
                           {"accept", "application/openmetrics-text"}}),
            open);
}

TEST(MetricsReply, says_which_format_it_is) {
  const net::Response plain = metrics_reply(MetricsText(text));
  EXPECT_EQ(plain.content_type, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
  EXPECT_EQ(*plain.headers.find("Vary"), "Accept");
  const net::Response other = metrics_reply(MetricsText(open));
  EXPECT_EQ(other.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_EQ(other.body, "# EOF\n");
}

}  // namespace
}  // namespace gthulhu::rest
