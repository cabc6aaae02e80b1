// SPDX-License-Identifier: Apache-2.0
//
// Decision makers of the Go system: contract 1.11, 5.6.
#include "adapters/nodes/node_link_fixture.h"
#include "core/model/reasons.h"

namespace gthulhu {
namespace {

class GoAgents : public NodeLinkTest {
 protected:
  GoAgents() { agent_.become_go(true); }

  // Each with what only decision makers of our own know.
  static NodeLink::Intents only_ours(Generation generation) {
    auto wanted = std::make_shared<NodeIntents>(*intents(generation, 1, 2));
    int number = 2;
    const auto add = [&](auto change) {
      Strategy own = strategy(number++);
      change(own);
      wanted->intents.push_back(intent(0, own));
    };
    for (const auto match : {CommandMatch::exe, CommandMatch::cmdline, CommandMatch::thread}) {
      add([&](Strategy& own) {
        own.command = CommandPattern::parse("nginx", "commandRegex", match).value();
      });
    }
    add([](Strategy& own) { own.container = "main"; });
    add([](Strategy& own) { own.expires = TimePoint{std::chrono::sys_days{2100y / 1 / 1}}; });
    return wanted;
  }

  FakeAgent& agent_ = add_agent(n1_);
};

TEST_F(GoAgents, get_the_whole_set_with_the_fields_they_know) {
  connect();
  want(intents(7, 1));
  ASSERT_TRUE(is_acknowledged(7));
  want(intents(8, 2));
  ASSERT_TRUE(is_acknowledged(8));
  const auto given = agent_.seen(post_go);
  ASSERT_THAT(given, SizeIs(2));
  EXPECT_EQ(given[0].body, R"({"intents":[{"podName":"pod-0","podID":"uid-pod-0","nodeID":"n1",)"
                           R"("k8sNamespace":"core","commandRegex":"command-0","priority":1,)"
                           R"("executionTime":2000000,"podLabels":{"app":"upf"}}]})");
  EXPECT_THAT(agent_.go_held(), SizeIs(2));
  EXPECT_EQ(agent_.count(get_reports), 0u);
}

TEST_F(GoAgents, are_told_to_delete_all_when_nothing_is_wanted) {
  connect();
  want(intents(7, 2));
  ASSERT_TRUE(is_acknowledged(7));
  want(intents(8, 0));
  ASSERT_TRUE(is_acknowledged(8));
  EXPECT_THAT(agent_.go_held(), IsEmpty());
  const auto deleted = agent_.seen(delete_go);
  ASSERT_THAT(deleted, SizeIs(1));
  EXPECT_EQ(deleted[0].body, R"({"all":true})");
}

TEST_F(GoAgents, that_hold_what_is_wanted_are_not_given_it_again) {
  agent_.hold_go(intents(1, 2)->intents);
  connect();
  want(intents(7, 2));
  ASSERT_TRUE(is_acknowledged(7));
  want(intents(8, 2));
  ASSERT_TRUE(is_acknowledged(8));
  EXPECT_EQ(agent_.count(post_go), 0u);
}

TEST_F(GoAgents, have_their_root_compared_at_the_beat) {
  settings_.pace.beat = 50ms;
  connect();
  want(intents(7, 2));
  ASSERT_TRUE(is_acknowledged(7));
  ASSERT_TRUE(asks_again(agent_, get_root, 2));
  EXPECT_EQ(agent_.count(post_go), 1u);
  agent_.lose_disk();
  ASSERT_TRUE(comes([&] { return agent_.go_held().size() == 2; }));
  agent_.hold_go(intents(1, 5)->intents);  // somebody else's
  ASSERT_TRUE(comes([&] { return agent_.go_held().size() == 2; }));
  EXPECT_EQ(agent_.count(post_go), 3u);
}

TEST_F(GoAgents, are_reported_with_what_they_do_not_know_as_degraded) {
  connect();
  ASSERT_TRUE(comes([&] { return !sink_.of(n1_).reports.empty(); }));
  const NodeReport first = sink_.of(n1_).reports[0];
  EXPECT_EQ(first.enforcer.kind, EnforcerKind::external);
  EXPECT_THAT(first.enforcer.reason, HasSubstr("Go decision maker"));
  EXPECT_THAT(first.intents, IsEmpty());
  const auto wanted = only_ours(7);
  want(wanted);
  ASSERT_TRUE(comes([&] { return sink_.of(n1_).reports.size() == 2; }));
  const NodeReport report = sink_.of(n1_).reports[1];
  EXPECT_EQ(report.generation, 7u);
  ASSERT_THAT(report.intents, SizeIs(5));
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(report.intents[i].intent, wanted->intents[i + 2].id);
    EXPECT_EQ(report.intents[i].state, IntentState::degraded);
    EXPECT_EQ(report.intents[i].reason, reasons::not_known_to_agent);
  }
  EXPECT_THAT(agent_.go_held(), SizeIs(2));
}

TEST_F(GoAgents, that_refuse_are_told_and_tried_again) {
  agent_.answer(post_go, 500, R"({"success":false,"error":"Failed to process intents"})");
  connect();
  want(intents(7, 2));
  ASSERT_TRUE(is_acknowledged(7));
  EXPECT_THAT(troubles(1)[0].why.message, HasSubstr("Failed to process intents"));
  EXPECT_THAT(agent_.go_held(), SizeIs(2));
}

TEST_F(GoAgents, may_turn_out_to_be_something_else_altogether) {
  agent_.answer(get_root, 404, "not here");
  connect();
  want(intents(7, 2));
  EXPECT_EQ(troubles(1)[0].why.code, Errc::not_found);
  EXPECT_TRUE(is_acknowledged(7));
}

// --- tokens ---

class Tokens : public NodeLinkTest {
 protected:
  Tokens() {
    settings_.credentials.public_key_pem = "the key";
    settings_.credentials.client_id = "manager";
    agent_.demand_token(1h);
  }
  void deliver_first() {
    connect();
    want(intents(7, 3));
    ASSERT_TRUE(is_acknowledged(7));
    ASSERT_TRUE(asks_again(agent_, get_reports, 2));
  }

  FakeAgent& agent_ = add_agent(n1_);
};

TEST_F(Tokens, are_exchanged_once_and_shown_with_every_request) {
  deliver_first();
  ASSERT_TRUE(link_->processes(n1_));
  const auto exchanges = agent_.seen(post_token);
  ASSERT_THAT(exchanges, SizeIs(1));
  EXPECT_EQ(exchanges[0].body, R"({"public_key":"the key","client_id":"manager","expired_at":0})");
  for (const auto& request : agent_.seen()) {
    EXPECT_EQ(request.authorization, request.what == post_token ? "" : "Bearer token-1");
  }
}

TEST_F(Tokens, that_are_refused_are_exchanged_again_without_anybody_being_told) {
  deliver_first();
  agent_.void_tokens();
  ASSERT_TRUE(link_->processes(n1_));
  agent_.void_tokens();
  ASSERT_TRUE(comes([&] { return agent_.count(post_token) == 3; }));  // for the reports
  ASSERT_TRUE(asks_again(agent_, get_reports, 2));
  want(intents(8, 4));
  ASSERT_TRUE(is_acknowledged(8));
  EXPECT_EQ(agent_.count(post_token), 3u);
  EXPECT_THAT(sink_.of(n1_).troubles, IsEmpty());
}

TEST_F(Tokens, are_exchanged_again_before_they_expire) {
  deliver_first();
  clock_.move(58min);
  ASSERT_TRUE(link_->processes(n1_));
  EXPECT_EQ(agent_.count(post_token), 1u);
  clock_.move(59min + 30s);
  ASSERT_TRUE(link_->processes(n1_));
  EXPECT_GE(agent_.count(post_token), 2u);
}

TEST_F(Tokens, that_live_for_a_short_time_serve_for_half_of_it) {
  agent_.demand_token(50s);
  deliver_first();
  EXPECT_EQ(agent_.count(post_token), 1u);
  clock_.move(30s);
  ASSERT_TRUE(link_->processes(n1_));
  EXPECT_GE(agent_.count(post_token), 2u);
}

TEST_F(Tokens, of_a_node_whose_clock_is_behind_serve_until_they_are_refused) {
  agent_.demand_token(-1h);
  deliver_first();
  EXPECT_EQ(agent_.count(post_token), 1u);
  agent_.void_tokens();
  ASSERT_TRUE(comes([&] { return agent_.count(post_token) == 2; }));
}

TEST_F(Tokens, that_are_refused_at_once_are_told_and_not_asked_for_in_a_loop) {
  agent_.refuse(get_state, 401, "Invalid or expired token", 2);
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  const auto told = troubles(2);
  EXPECT_EQ(told[0].why.code, Errc::unauthenticated);
  EXPECT_EQ(agent_.count(post_token), 3u);
  EXPECT_EQ(agent_.count(get_state), 3u);
}

TEST_F(Tokens, are_not_given_for_a_wrong_key_which_is_told) {
  agent_.refuse(post_token, 401, "Public key verification failed ");
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  const auto told = troubles(1);
  EXPECT_EQ(told[0].why.code, Errc::unauthenticated);
  EXPECT_THAT(told[0].why.message, HasSubstr("Public key verification failed"));
}

TEST_F(Tokens, are_shown_to_go_decision_makers_too) {
  agent_.become_go(true);
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  ASSERT_THAT(agent_.seen(post_go), SizeIs(1));
  EXPECT_EQ(agent_.seen(post_go)[0].authorization, "Bearer token-1");
}

}  // namespace
}  // namespace gthulhu
