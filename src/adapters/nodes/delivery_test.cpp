// SPDX-License-Identifier: Apache-2.0
//
// How a node is brought to what is wanted of it, and what becomes of refusals.
#include "adapters/nodes/node_link_fixture.h"

namespace gthulhu {
namespace {

class Delivery : public NodeLinkTest {
 protected:
  FakeAgent& agent_ = add_agent(n1_);
};

TEST_F(Delivery, sends_the_whole_set_first_and_differences_from_then_on) {
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  EXPECT_EQ(agent_.held(), *intents(7, 3));
  EXPECT_EQ(agent_.count(put_set), 1u);
  want(intents(8, 4));
  ASSERT_TRUE(is_acknowledged(8));
  want(intents(9, 2));
  ASSERT_TRUE(is_acknowledged(9));
  EXPECT_EQ(agent_.held(), *intents(9, 2));
  EXPECT_EQ(agent_.count(put_set), 1u);
  const auto differences = agent_.seen(patch_set);
  ASSERT_THAT(differences, SizeIs(2));
  EXPECT_THAT(differences[0].body, AllOf(HasSubstr("uid-pod-3"), HasSubstr(R"("from":7)")));
  EXPECT_EQ(differences[0].body.find("uid-pod-0"), std::string::npos);
  EXPECT_THAT(differences[1].body, HasSubstr(R"("gonePods":["uid-pod-2","uid-pod-3"])"));
  EXPECT_THAT(sink_.of(n1_).acknowledged, ElementsAre(7, 8, 9));
  EXPECT_THAT(sink_.of(n1_).troubles, IsEmpty());
}

TEST_F(Delivery, a_set_that_the_node_has_is_acknowledged_and_not_sent) {
  agent_.hold(*intents(7, 3));
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  want(intents(8, 3));  // as after a restart of the manager
  ASSERT_TRUE(is_acknowledged(8));
  EXPECT_EQ(agent_.count(put_set), 0u);
  const auto differences = agent_.seen(patch_set);
  ASSERT_THAT(differences, SizeIs(1));
  EXPECT_EQ(differences[0].body.find("uid-pod"), std::string::npos);
}

TEST_F(Delivery, nothing_is_sent_where_nothing_is_wanted) {
  settings_.pace.beat = 20ms;
  connect();
  ASSERT_TRUE(asks_again(agent_, get_state, 3));
  for (const auto& request : agent_.seen()) {
    EXPECT_TRUE(request.what == get_state || request.what == get_reports) << request.what;
  }
  EXPECT_THAT(sink_.of(n1_).troubles, IsEmpty());
}

TEST_F(Delivery, a_newer_generation_on_the_node_is_told_and_the_later_one_is_delivered) {
  agent_.hold(*intents(50, 1));
  connect();
  want(intents(7, 3));
  const auto told = troubles(1);
  EXPECT_EQ(told[0].why.code, Errc::conflict);
  EXPECT_EQ(told[0].held, 50u);
  want(intents(51, 3));
  ASSERT_TRUE(is_acknowledged(51));
  EXPECT_EQ(agent_.held(), *intents(51, 3));
  EXPECT_THAT(sink_.of(n1_).troubles, SizeIs(1));
}

TEST_F(Delivery, a_node_that_somebody_else_has_moved_on_gets_a_later_whole_set) {
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  agent_.hold(*intents(20, 1));
  want(intents(8, 3));
  const auto told = troubles(1);
  EXPECT_EQ(told[0].why.code, Errc::conflict);
  EXPECT_EQ(told[0].held, 20u);
  want(intents(21, 3));
  ASSERT_TRUE(is_acknowledged(21));
  EXPECT_EQ(agent_.held(), *intents(21, 3));
  EXPECT_EQ(agent_.count(put_set), 2u);
}

TEST_F(Delivery, a_gap_is_filled_by_the_whole_set_without_anybody_being_told) {
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  agent_.hold(*intents(5, 1));
  want(intents(8, 4));
  ASSERT_TRUE(is_acknowledged(8));
  EXPECT_EQ(agent_.held(), *intents(8, 4));
  EXPECT_THAT(sink_.of(n1_).troubles, IsEmpty());
}

TEST_F(Delivery, another_digest_is_answered_with_the_whole_set) {
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  agent_.refuse(patch_set, 422, "digest");
  want(intents(8, 4));
  ASSERT_TRUE(is_acknowledged(8));
  EXPECT_EQ(agent_.count(put_set), 2u);
  EXPECT_THAT(sink_.of(n1_).troubles, IsEmpty());
}

TEST_F(Delivery, another_digest_twice_is_told_and_not_tried_until_something_else_is_wanted) {
  settings_.pace.beat = 20ms;
  agent_.refuse(put_set, 422, "digest", 2);
  connect();
  want(intents(7, 3));
  EXPECT_EQ(troubles(1)[0].why.code, Errc::corrupt);
  ASSERT_TRUE(asks_again(agent_, get_state, 3));
  EXPECT_EQ(agent_.count(put_set), 2u);
  EXPECT_THAT(sink_.of(n1_).troubles, SizeIs(1));
  want(intents(8, 3));
  ASSERT_TRUE(is_acknowledged(8));
  EXPECT_EQ(agent_.held(), *intents(8, 3));
}

TEST_F(Delivery, what_the_node_will_never_take_is_told_once_and_not_repeated) {
  settings_.pace.beat = 20ms;
  connect();
  Generation generation = 7;
  for (const auto& [status, code] :
       {std::pair(400, Errc::invalid_argument), std::pair(413, Errc::too_large)}) {
    const std::size_t before = sink_.of(n1_).troubles.size();
    const std::size_t sent = agent_.count(put_set);
    agent_.refuse(put_set, status, "pods must be fewer");
    want(intents(generation, 3));
    const auto told = troubles(before + 1);
    EXPECT_EQ(told.back().why.code, code);
    EXPECT_THAT(told.back().why.message, HasSubstr("pods must be fewer"));
    ASSERT_TRUE(asks_again(agent_, get_state, 3));
    EXPECT_EQ(agent_.count(put_set), sent + 1) << status;
    EXPECT_THAT(sink_.of(n1_).troubles, SizeIs(before + 1));
    ++generation;
  }
  want(intents(generation, 2));
  ASSERT_TRUE(is_acknowledged(generation));
}

TEST_F(Delivery, what_fails_is_told_and_tried_again_by_itself) {
  agent_.refuse(put_set, 503, "the disk is full");
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  const auto told = troubles(1);
  EXPECT_EQ(told[0].why.code, Errc::unavailable);
  EXPECT_THAT(told[0].why.message, HasSubstr("the disk is full"));
  EXPECT_EQ(told[0].held, 0u);
}

TEST_F(Delivery, a_set_whose_answer_was_lost_is_known_by_a_look_and_not_sent_again) {
  agent_.hold(*intents(7, 3));
  agent_.answer(get_state, 200, wire::success_body(wire::encode_state({n1_, 0, {}, 30}), {}));
  agent_.refuse(put_set, 503, "the answer of a proxy");
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  EXPECT_EQ(agent_.count(put_set), 1u);
}

TEST_F(Delivery, a_node_that_says_it_holds_something_else_is_not_believed) {
  agent_.answer(put_set, 200, wire::success_body(wire::encode_state({n1_, 7, {}, 30}), {}));
  connect();
  want(intents(7, 3));
  EXPECT_EQ(troubles(1)[0].why.code, Errc::corrupt);
  ASSERT_TRUE(is_acknowledged(7));
  EXPECT_EQ(agent_.held(), *intents(7, 3));
}

TEST_F(Delivery, garbage_is_told_as_what_it_is_and_asked_again) {
  agent_.answer(get_state, 200, "<html>");
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  const auto told = troubles(1);
  EXPECT_THAT(told[0].why.message, HasSubstr("no decision maker"));
  EXPECT_THAT(told[0].why.detail, HasSubstr("<html>"));
}

TEST_F(Delivery, what_is_wanted_during_a_request_comes_after_it_at_once) {
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  agent_.hang();
  want(intents(8, 4));
  ASSERT_TRUE(comes([&] { return agent_.count(patch_set) == 1; }));
  want(intents(9, 5));
  want(intents(10, 6));
  agent_.go_on();
  ASSERT_TRUE(is_acknowledged(10));
  EXPECT_EQ(agent_.held(), *intents(10, 6));
  EXPECT_THAT(sink_.of(n1_).acknowledged, ElementsAre(7, 8, 10));
}

TEST_F(Delivery, a_set_that_is_too_large_for_the_budget_is_sent_all_the_same) {
  settings_.pace.message_bytes = 100;
  connect();
  want(intents(7, 50, 2));
  ASSERT_TRUE(is_acknowledged(7));
  want(intents(8, 51, 2));
  ASSERT_TRUE(is_acknowledged(8));
}

}  // namespace
}  // namespace gthulhu
