// SPDX-License-Identifier: Apache-2.0
//
// Nodes that are not there, hang, restart, or become others.
#include "adapters/nodes/node_link_fixture.h"

namespace gthulhu {
namespace {

class NodeChanges : public NodeLinkTest {
 protected:
  void deliver_first() {
    connect();
    want(intents(7, 3));
    ASSERT_TRUE(is_acknowledged(7));
  }
  bool is_acknowledged_again(Generation generation) {
    return comes([&] {
      const auto told = sink_.of(n1_).acknowledged;
      return std::ranges::count(told, generation) >= 2;
    });
  }

  FakeAgent& agent_ = add_agent(n1_);
};

TEST_F(NodeChanges, a_lost_disk_is_seen_at_the_beat_and_all_is_delivered_anew) {
  settings_.pace.beat = 50ms;
  deliver_first();
  agent_.lose_disk();
  ASSERT_TRUE(is_acknowledged_again(7));
  EXPECT_EQ(agent_.held(), *intents(7, 3));
  EXPECT_EQ(agent_.count(put_set), 2u);
}

TEST_F(NodeChanges, a_lost_disk_is_seen_at_once_when_the_node_does_not_know_its_last_report) {
  deliver_first();
  ASSERT_TRUE(asks_again(agent_, get_reports, 2));
  agent_.restart_unseen();
  ASSERT_TRUE(is_acknowledged_again(7));
  EXPECT_EQ(agent_.held(), *intents(7, 3));
}

TEST_F(NodeChanges, a_lost_disk_is_seen_when_reports_break_off_and_the_node_takes_time_to_start) {
  deliver_first();
  ASSERT_TRUE(asks_again(agent_, get_reports, 2));
  agent_.stop();
  // The look that the broken reports led to fails.
  EXPECT_EQ(troubles(1)[0].why.code, Errc::unavailable);
  agent_.start(true);
  ASSERT_TRUE(is_acknowledged_again(7));
  EXPECT_EQ(agent_.held(), *intents(7, 3));
}

TEST_F(NodeChanges, one_that_comes_back_with_what_it_had_is_told_to_be_reached) {
  deliver_first();
  ASSERT_TRUE(asks_again(agent_, get_reports, 2));
  agent_.stop();
  EXPECT_EQ(troubles(1)[0].why.code, Errc::unavailable);
  agent_.start(false);
  EXPECT_TRUE(is_acknowledged_again(7));
  EXPECT_EQ(agent_.count(put_set) + agent_.count(patch_set), 1);
}

TEST_F(NodeChanges, reports_go_on_as_soon_as_the_node_is_reached_again) {
  agent_.answer(get_reports, 500, "broken", 2);
  deliver_first();
  ASSERT_TRUE(comes([&] { return agent_.count(get_state) == 2; }));  // after the first failure
  agent_.refuse(get_state, 503, "broken");
  (void)troubles(1);  // after the second one, which makes reports wait for a second
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(comes([&] { return agent_.count(get_reports) == 3; }));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 900ms);
}

TEST_F(NodeChanges, a_node_that_nobody_answers_for_is_told) {
  agent_.stop();
  connect();
  want(intents(7, 3));
  const auto told = troubles(1);
  EXPECT_EQ(told[0].why.code, Errc::unavailable);
  agent_.start(true);
  EXPECT_TRUE(is_acknowledged(7));
}

TEST_F(NodeChanges, a_node_without_a_decision_maker_is_told_once_for_each_wish) {
  connect();
  link_->agents_are({});
  want(intents(7, 3));
  const auto told = troubles(1);
  EXPECT_EQ(told[0].why.code, Errc::unavailable);
  EXPECT_THAT(told[0].why.message, HasSubstr("no decision maker is known on node n1"));
  EXPECT_EQ(link_->processes(n1_).error().code, Errc::not_found);  // after what went before
  EXPECT_THAT(sink_.of(n1_).troubles, SizeIs(1));
  link_->agents_are(addresses());
  ASSERT_TRUE(is_acknowledged(7));
  link_->agents_are({});
  EXPECT_THAT(troubles(2)[1].why.message, HasSubstr("no decision maker is known on node n1"));
}

TEST_F(NodeChanges, a_node_without_a_decision_maker_of_which_nothing_is_wanted_is_gone) {
  deliver_first();
  link_->agents_are({});
  (void)troubles(1);
  EXPECT_EQ(sink_.of(n1_).gone, 0);  // its pods are still to be looked after
  want(intents(8, 0));
  ASSERT_TRUE(comes([&] { return sink_.of(n1_).gone == 1; }));
  EXPECT_EQ(link_->processes(n1_).error().code, Errc::not_found);
  want(intents(9, 0));
  ASSERT_TRUE(comes([&] { return sink_.of(n1_).gone == 2; }));
  EXPECT_EQ(sink_.of(n1_).troubles.size(), 1u);

  // It comes back.
  link_->agents_are(addresses());
  ASSERT_TRUE(comes([&] { return !sink_.of(n1_).reports.empty(); }));
  want(intents(10, 2));
  ASSERT_TRUE(is_acknowledged(10));
  EXPECT_EQ(agent_.held(), *intents(10, 2));

  want(intents(11, 0));
  ASSERT_TRUE(is_acknowledged(11));
  EXPECT_EQ(sink_.of(n1_).gone, 2);  // there is somebody
  link_->agents_are({});
  ASSERT_TRUE(comes([&] { return sink_.of(n1_).gone == 3; }));
}

TEST_F(NodeChanges, a_node_that_goes_while_it_hangs_is_gone_at_once) {
  deliver_first();
  agent_.hang();
  want(intents(8, 0));
  ASSERT_TRUE(comes([&] { return agent_.count(patch_set) + agent_.count(put_set) == 2; }));
  link_->agents_are({});
  ASSERT_TRUE(comes([&] { return sink_.of(n1_).gone == 1; }));
  EXPECT_THAT(sink_.of(n1_).troubles, IsEmpty());
}

TEST_F(NodeChanges, a_decision_maker_in_another_place_gets_the_set) {
  deliver_first();
  FakeAgent other(host_, n1_);
  link_->agents_are({{n1_, other.address("two")}});
  ASSERT_TRUE(is_acknowledged_again(7));
  EXPECT_EQ(other.held(), *intents(7, 3));
  const std::size_t asked = agent_.seen().size();
  want(intents(8, 3));
  ASSERT_TRUE(is_acknowledged(8));
  EXPECT_EQ(other.held(), *intents(8, 3));
  EXPECT_EQ(agent_.seen().size(), asked);
}

TEST_F(NodeChanges, another_instance_in_the_same_place_is_looked_at_anew) {
  deliver_first();
  agent_.lose_disk();
  link_->agents_are({{n1_, agent_.address("two")}});
  ASSERT_TRUE(is_acknowledged_again(7));
  EXPECT_EQ(agent_.held(), *intents(7, 3));
}

TEST_F(NodeChanges, what_an_earlier_place_answers_does_not_count) {
  deliver_first();
  agent_.hang();
  want(intents(8, 4));
  ASSERT_TRUE(comes([&] { return agent_.count(patch_set) == 1; }));
  FakeAgent other(host_, n1_);
  link_->agents_are({{n1_, other.address("two")}});
  ASSERT_TRUE(is_acknowledged(8));
  agent_.go_on();
  EXPECT_EQ(other.held(), *intents(8, 4));
  EXPECT_THAT(sink_.of(n1_).acknowledged, ElementsAre(7, 8));
  EXPECT_THAT(sink_.of(n1_).troubles, IsEmpty());
}

TEST_F(NodeChanges, the_same_agents_again_change_nothing) {
  deliver_first();
  const std::size_t looked = agent_.count(get_state);
  for (int i = 0; i < 5; ++i) link_->agents_are(addresses());
  want(intents(8, 4));
  ASSERT_TRUE(is_acknowledged(8));
  EXPECT_EQ(agent_.count(get_state), looked);
  EXPECT_EQ(agent_.count(put_set), 1u);
}

TEST_F(NodeChanges, one_that_says_it_is_another_node_gets_nothing) {
  agent_.claim(n2_);
  connect();
  want(intents(7, 3));
  const auto told = troubles(2);
  EXPECT_EQ(told[0].why.code, Errc::forbidden);
  EXPECT_THAT(told[0].why.message, AllOf(HasSubstr("n1"), HasSubstr("n2")));
  for (const auto& request : agent_.seen()) EXPECT_EQ(request.what, get_state);
  EXPECT_THAT(sink_.of(n1_).acknowledged, IsEmpty());
}

TEST_F(NodeChanges, one_that_becomes_another_node_later_is_not_heard_and_gets_nothing_more) {
  deliver_first();
  ASSERT_TRUE(comes([&] { return !sink_.of(n1_).reports.empty(); }));
  agent_.claim(n2_);
  NodeReport report;
  report.node = n2_;
  report.trouble = "of another node";
  agent_.report(report);
  EXPECT_EQ(troubles(1)[0].why.code, Errc::forbidden);
  want(intents(8, 4));
  EXPECT_EQ(troubles(2)[1].why.code, Errc::forbidden);
  EXPECT_EQ(agent_.count(patch_set), 0u);
  EXPECT_EQ(agent_.count(put_set), 1u);
  for (const NodeReport& told : sink_.of(n1_).reports) EXPECT_EQ(told.trouble, "");
  EXPECT_THAT(sink_.of(n1_).acknowledged, ElementsAre(7));
}

TEST_F(NodeChanges, another_node_that_answers_to_a_delivery_acknowledges_nothing) {
  deliver_first();
  const auto as_other = wire::encode_state({n2_, 8, digest_of(node_set(*intents(8, 4))), 30});
  agent_.answer(patch_set, 200, wire::success_body(as_other, {}));
  want(intents(8, 4));
  EXPECT_EQ(troubles(1)[0].why.code, Errc::forbidden);
  ASSERT_TRUE(is_acknowledged(8));  // the next look finds the right one
  EXPECT_EQ(agent_.held(), *intents(8, 4));
}

TEST_F(NodeChanges, a_go_decision_maker_that_is_upgraded_in_its_place_gets_what_it_can_do_now) {
  settings_.pace.beat = 50ms;
  agent_.become_go(true);
  deliver_first();
  EXPECT_THAT(agent_.go_held(), SizeIs(3));
  agent_.become_go(false);
  ASSERT_TRUE(is_acknowledged_again(7));
  EXPECT_EQ(agent_.held(), *intents(7, 3));
  EXPECT_TRUE(asks_again(agent_, get_reports, 1));
}

TEST_F(NodeChanges, one_that_is_replaced_by_a_go_decision_maker_in_its_place_gets_the_set) {
  settings_.pace.beat = 50ms;
  deliver_first();
  agent_.become_go(true);
  ASSERT_TRUE(is_acknowledged_again(7));
  EXPECT_THAT(agent_.go_held(), SizeIs(3));
}

TEST_F(NodeChanges, nodes_that_hang_delay_nobody) {
  settings_.pace.request = 1s;
  constexpr int nodes = 50;
  constexpr int hung = 10;
  const auto name = [](int i) { return NodeName("node-" + std::to_string(i)); };
  for (int i = 0; i < nodes; ++i) add_agent(name(i));
  for (int i = 0; i < hung; ++i) agents_.at(name(i))->hang();
  connect();
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < nodes; ++i) link_->want(name(i), intents(7, 20, 2));
  for (int i = hung; i < nodes; ++i) ASSERT_TRUE(is_acknowledged(name(i), 7));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 900ms);
  for (int i = 0; i < hung; ++i) {
    EXPECT_TRUE(comes([&] { return !sink_.of(name(i)).troubles.empty(); }));
    EXPECT_EQ(sink_.of(name(i)).troubles[0].why.code, Errc::timeout);
    EXPECT_THAT(sink_.of(name(i)).acknowledged, IsEmpty());
  }
}

TEST_F(NodeChanges, a_node_that_hangs_is_driven_again_when_it_goes_on) {
  settings_.pace.request = 100ms;
  agent_.hang();
  connect();
  want(intents(7, 3));
  EXPECT_EQ(troubles(1)[0].why.code, Errc::timeout);
  agent_.go_on();
  EXPECT_TRUE(is_acknowledged(7));
}

TEST_F(NodeChanges, nodes_that_hang_in_a_delivery_do_not_keep_others_from_theirs) {
  settings_.pace.request = 300ms;
  settings_.pace.reports = 20s;
  FakeAgent& other = add_agent(n2_);
  settings_.pace.message_bytes = 1'000;  // room for one message only
  connect();
  want(intents(7, 3));
  link_->want(n2_, intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  ASSERT_TRUE(is_acknowledged(n2_, 7));
  agent_.hang();
  want(intents(8, 4));
  ASSERT_TRUE(comes([&] { return agent_.count(patch_set) == 1; }));
  // The one that hangs is asked something small before it is sent anything again.
  (void)troubles(1);
  link_->want(n2_, intents(8, 4));
  ASSERT_TRUE(is_acknowledged(n2_, 8));
  (void)troubles(2);
  EXPECT_EQ(agent_.count(patch_set), 1u);
  EXPECT_EQ(other.held().generation, 8u);
}

TEST_F(NodeChanges, who_waits_for_room_sends_what_is_wanted_when_it_gets_some) {
  settings_.pace.request = 300ms;
  settings_.pace.message_bytes = 1'000;
  FakeAgent& other = add_agent(n2_);
  deliver_first();
  link_->want(n2_, intents(7, 3));
  ASSERT_TRUE(is_acknowledged(n2_, 7));
  agent_.hang();
  want(intents(8, 4));
  ASSERT_TRUE(comes([&] { return agent_.count(patch_set) == 1; }));
  link_->want(n2_, intents(8, 4));
  link_->want(n2_, intents(9, 5));
  EXPECT_TRUE(link_->processes(n2_));  // after what was said before
  link_->want(n2_, intents(10, 6));
  ASSERT_TRUE(is_acknowledged(n2_, 10));
  EXPECT_EQ(other.count(patch_set), 1u);
  agent_.go_on();
}

}  // namespace
}  // namespace gthulhu
