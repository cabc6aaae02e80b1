// SPDX-License-Identifier: Apache-2.0
#include "adapters/nodes/node_link_fixture.h"

namespace gthulhu {
namespace {

class NodeReports : public NodeLinkTest {
 protected:
  NodeReport report(IntentState state, Generation generation = 7) {
    NodeReport report;
    report.node = n1_;
    report.generation = generation;
    report.enforcer.kind = EnforcerKind::cfs;
    report.intents.push_back({.intent = IntentId("7c21000000000000000000aa"),
                              .state = state,
                              .reason = "",
                              .superseded_by = {},
                              .processes = 2});
    return report;
  }
  // Once it has been told by that many reports.
  bool says(IntentState state) {
    return comes([&] {
      const auto told = sink_.of(n1_).reports;
      return !told.empty() && !told.back().intents.empty() && told.back().intents[0].state == state;
    });
  }
  // What the questions for reports said since the first `from`.
  std::vector<std::string> afters(std::size_t from = 0) {
    std::vector<std::string> all;
    const auto asked = agent_.seen(get_reports);
    for (std::size_t i = from; i < asked.size(); ++i) {
      const auto place = asked[i].query.find("after=");
      all.push_back(place == std::string::npos ? "" : asked[i].query.substr(place));
    }
    return all;
  }

  FakeAgent& agent_ = add_agent(n1_);
};

TEST_F(NodeReports, reach_the_sink_as_soon_as_there_are_any) {
  agent_.report(report(IntentState::applied));
  connect();
  ASSERT_TRUE(says(IntentState::applied));
  agent_.report(report(IntentState::verified));
  ASSERT_TRUE(says(IntentState::verified));
  const NodeReport last = sink_.of(n1_).reports.back();
  EXPECT_EQ(last, report(IntentState::verified));
  ASSERT_TRUE(asks_again(agent_, get_reports, 1));
  const auto asked = afters();
  EXPECT_EQ(asked[0], "");
  EXPECT_EQ(asked[1], "after=31 ");
  EXPECT_EQ(asked.back(), "after=32 ");
  EXPECT_THAT(agent_.seen(get_reports)[0].query, HasSubstr("wait=100 "));
}

TEST_F(NodeReports, go_on_where_they_were_after_an_interruption) {
  agent_.report(report(IntentState::applied));
  connect();
  ASSERT_TRUE(says(IntentState::applied));
  ASSERT_TRUE(asks_again(agent_, get_reports, 1));
  agent_.refuse(get_reports, 503, "busy");
  ASSERT_TRUE(asks_again(agent_, get_reports, 2));
  agent_.report(report(IntentState::verified));
  ASSERT_TRUE(says(IntentState::verified));
  const auto asked = afters(1);
  for (const auto& after : asked)
    EXPECT_TRUE(after == "after=31 " || after == "after=32 ") << after;
}

TEST_F(NodeReports, begin_anew_with_another_decision_maker) {
  agent_.report(report(IntentState::applied));
  connect();
  ASSERT_TRUE(says(IntentState::applied));
  ASSERT_TRUE(asks_again(agent_, get_reports, 1));
  const std::size_t before = agent_.count(get_reports);
  link_->agents_are({{n1_, agent_.address("two")}});
  ASSERT_TRUE(comes([&] { return agent_.count(get_reports) > before; }));
  EXPECT_EQ(afters(before)[0], "");
}

TEST_F(NodeReports, of_a_node_that_does_not_wait_come_no_faster_than_they_should) {
  settings_.pace.apart = 50ms;
  agent_.wait_with_reports(false);
  connect();
  ASSERT_TRUE(asks_again(agent_, get_reports, 1));
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(asks_again(agent_, get_reports, 4));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 120ms);
}

TEST_F(NodeReports, that_nobody_can_read_do_not_keep_intents_from_the_node) {
  agent_.answer(get_reports, 200, "<html>", 1'000);
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  // It may be another one: it is looked at, at the pace of failures.
  const std::size_t looked = agent_.count(get_state);
  ASSERT_TRUE(asks_again(agent_, get_reports, 1));
  ASSERT_TRUE(comes([&] { return agent_.count(get_state) > looked; }));
  EXPECT_LE(agent_.count(get_reports), 3u);
  EXPECT_THAT(sink_.of(n1_).reports, IsEmpty());
}

}  // namespace
}  // namespace gthulhu
