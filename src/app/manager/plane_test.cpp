// SPDX-License-Identifier: Apache-2.0
#include "app/manager/plane.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_node_link.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

Pod pod(const std::string& uid, const std::string& node, Labels labels) {
  Pod made;
  made.uid = PodUid(uid);
  made.name = uid;
  made.name_space = Namespace("default");
  made.node = NodeName(node);
  made.labels = std::move(labels);
  return made;
}

Strategy strategy(const std::string& id, const std::string& app, int priority) {
  Strategy made;
  made.id = StrategyId(id);
  made.selector = *LabelSelector::parse({simple_requirement("app", app)});
  made.priority = Priority::clamp(priority);
  return made;
}

class PlaneTest : public testing::Test {
 protected:
  // Polls, because the plane has threads of its own; a condition that never comes fails the test.
  template <class Condition>
  void wait_until(Condition condition, const char* what) {
    for (int i = 0; i < 2'000; ++i) {
      if (condition(*plane_.snapshot())) return;
      std::this_thread::sleep_for(1ms);
    }
    FAIL() << "waited in vain for " << what;
  }
  void wait_until_acknowledged(const std::string& node, std::size_t intents) {
    wait_until(
        [&](const Snapshot& snapshot) {
          const auto view = snapshot.nodes.find(NodeName(node));
          return view != snapshot.nodes.end() && view->second->is_up_to_date() &&
                 view->second->wanted->intents.size() == intents;
        },
        "the node's acknowledgement");
  }
  IntentState state_of(const std::string& node, std::size_t index) {
    const auto view = plane_.snapshot()->nodes.at(NodeName(node));
    return view->report_of(view->wanted->intents.at(index)).state;
  }

  FakeClock clock_;
  FakeNodeLink link_;
  Plane plane_{clock_, link_};
};

TEST_F(PlaneTest, a_strategy_reaches_the_nodes_of_its_pods_and_no_others) {
  plane_.strategies_are({});
  plane_.pods_are({pod("a", "n1", {{"app", "web"}}), pod("b", "n2", {{"app", "db"}})});
  EXPECT_EQ(plane_.put(strategy("s", "web", 5)), 1u);
  wait_until_acknowledged("n1", 1);
  ASSERT_EQ(link_.held[NodeName("n1")].intents.size(), 1u);
  EXPECT_EQ(link_.held[NodeName("n1")].intents.front().priority.value(), 5);
  EXPECT_FALSE(link_.held.contains(NodeName("n2")));
}

TEST_F(PlaneTest, a_change_is_in_the_snapshot_when_the_call_returns) {
  plane_.strategies_are({});
  plane_.put(strategy("s", "web", 5));
  EXPECT_TRUE(plane_.snapshot()->strategies->contains(StrategyId("s")));
  plane_.erase(StrategyId("s"));
  EXPECT_TRUE(plane_.snapshot()->strategies->empty());
}

TEST_F(PlaneTest, a_strategy_that_goes_is_taken_from_the_node) {
  plane_.strategies_are({strategy("s", "web", 5)});
  plane_.pods_are({pod("a", "n1", {{"app", "web"}})});
  wait_until_acknowledged("n1", 1);
  plane_.erase(StrategyId("s"));
  wait_until_acknowledged("n1", 0);
  EXPECT_TRUE(link_.held[NodeName("n1")].intents.empty());
}

TEST_F(PlaneTest, nothing_is_delivered_before_strategies_and_pods_are_known) {
  plane_.pods_are({pod("a", "n1", {{"app", "web"}})});
  plane_.node_reported({NodeName("n1"), 7, {}, {}, ""});
  plane_.put(strategy("s", "db", 1));  // returns when all before it is applied
  EXPECT_EQ(plane_.snapshot()->nodes.at(NodeName("n1"))->wanted->generation, 0u);
  plane_.strategies_are({strategy("s", "web", 5)});
  wait_until_acknowledged("n1", 1);
}

TEST_F(PlaneTest, a_node_that_speaks_up_is_brought_to_what_is_wanted_even_if_that_is_nothing) {
  plane_.strategies_are({});
  plane_.pods_are({});
  plane_.node_reported({NodeName("n1"), 7, {}, {}, ""});
  wait_until_acknowledged("n1", 0);
  EXPECT_GT(link_.held[NodeName("n1")].generation, 7u);
}

TEST_F(PlaneTest, a_node_that_holds_a_newer_generation_gets_one_above_it) {
  const Generation newer =
      static_cast<Generation>(clock_.now().time_since_epoch().count()) + 1'000'000;
  link_.held[NodeName("n1")].generation = newer;
  plane_.strategies_are({strategy("s", "web", 5)});
  plane_.pods_are({pod("a", "n1", {{"app", "web"}})});
  wait_until_acknowledged("n1", 1);
  EXPECT_GT(link_.held[NodeName("n1")].generation, newer);
}

TEST_F(PlaneTest, nothing_is_delivered_before_the_source_has_said_that_these_are_all_pods) {
  plane_.strategies_are({strategy("s", "web", 5)});
  plane_.pods_changed({pod("a", "n1", {{"app", "web"}})}, {});
  plane_.put(strategy("t", "none", 1));  // returns when all before it is applied
  EXPECT_TRUE(plane_.snapshot()->nodes.empty());
  plane_.pods_are_all();
  wait_until_acknowledged("n1", 1);
}

TEST_F(PlaneTest, a_node_that_was_out_of_reach_first_is_brought_to_nothing_too) {
  plane_.strategies_are({});
  plane_.pods_are({});
  plane_.node_not_reached(NodeName("n1"), Error{Errc::unavailable, "it starts", ""}, 0);
  plane_.node_reported({NodeName("n1"), 7, {}, {}, ""});
  wait_until_acknowledged("n1", 0);
  EXPECT_GT(link_.held[NodeName("n1")].generation, 7u);
}

TEST_F(PlaneTest, a_node_that_was_told_nothing_yet_is_not_up_to_date) {
  plane_.node_not_reached(NodeName("n1"), Error{Errc::unavailable, "it starts", ""}, 0);
  wait_until([](const Snapshot& now) { return now.nodes.contains(NodeName("n1")); }, "the node");
  EXPECT_FALSE(plane_.snapshot()->nodes.at(NodeName("n1"))->is_up_to_date());
}

TEST_F(PlaneTest, a_node_that_claims_an_impossible_generation_does_not_move_those_of_others) {
  plane_.strategies_are({strategy("s", "web", 5)});
  plane_.pods_are({pod("a", "n1", {{"app", "web"}}), pod("b", "n2", {{"app", "web"}})});
  wait_until_acknowledged("n1", 1);
  wait_until_acknowledged("n2", 1);
  plane_.node_not_reached(NodeName("n1"), Error{Errc::conflict, "newer", ""}, Generation{1} << 60U);
  plane_.put(strategy("s", "web", 6));
  wait_until(
      [&](const Snapshot&) {
        return link_.held[NodeName("n2")].intents.front().priority.value() == 6;
      },
      "the other node's new intents");
  EXPECT_LT(link_.held[NodeName("n2")].generation, Generation{1} << 53U);
}

TEST_F(PlaneTest, a_node_that_is_gone_is_forgotten_unless_something_is_wanted_of_it) {
  plane_.strategies_are({strategy("s", "web", 5)});
  plane_.pods_are({pod("a", "n1", {{"app", "web"}}), pod("b", "n2", {{"app", "web"}})});
  wait_until_acknowledged("n1", 1);
  wait_until_acknowledged("n2", 1);
  const Generation before = plane_.snapshot()->nodes.at(NodeName("n1"))->acknowledged;
  plane_.node_gone(NodeName("n1"));  // it went, and a pod came back at the same time
  wait_until(
      [&](const Snapshot& now) { return now.nodes.at(NodeName("n1"))->acknowledged > before; },
      "what is wanted, once more");
  plane_.pods_changed({}, {PodUid("a")});
  wait_until_acknowledged("n1", 0);
  plane_.node_gone(NodeName("n1"));
  wait_until([](const Snapshot& now) { return !now.nodes.contains(NodeName("n1")); }, "its end");
  EXPECT_TRUE(plane_.snapshot()->nodes.contains(NodeName("n2")));
  // It comes back with what it had.
  plane_.node_reported({NodeName("n1"), before, {}, {}, ""});
  wait_until_acknowledged("n1", 0);
}

TEST_F(PlaneTest, the_nodes_that_the_source_sees_are_in_the_snapshot) {
  const std::map<NodeName, NodeFact> nodes{{NodeName("n1"), {true}}, {NodeName("n2"), {}}};
  plane_.nodes_are(nodes);
  plane_.put(strategy("s", "web", 5));
  EXPECT_EQ(*plane_.snapshot()->facts, nodes);
}

TEST_F(PlaneTest, a_report_speaks_only_of_intents_as_the_node_had_them) {
  plane_.strategies_are({strategy("s", "web", 5)});
  plane_.pods_are({pod("a", "n1", {{"app", "web"}})});
  wait_until_acknowledged("n1", 1);
  EXPECT_EQ(state_of("n1", 0), IntentState::delivered);

  const NodeIntents first = *plane_.snapshot()->nodes.at(NodeName("n1"))->wanted;
  const IntentReport verified{first.intents.front().id, IntentState::verified, "", {}, 1};
  plane_.node_reported({NodeName("n1"), first.generation, {verified}, {}, ""});
  plane_.put(strategy("t", "none", 1));
  EXPECT_EQ(state_of("n1", 0), IntentState::verified);

  plane_.put(strategy("s", "web", 6));  // the same intent in another form
  wait_until_acknowledged("n1", 1);
  plane_.node_reported({NodeName("n1"), first.generation, {verified}, {}, ""});  // late
  plane_.put(strategy("t", "none", 1));
  EXPECT_EQ(state_of("n1", 0), IntentState::delivered);
}

TEST_F(PlaneTest, a_node_that_is_down_does_not_keep_others_waiting) {
  link_.down.insert(NodeName("n1"));
  plane_.strategies_are({strategy("s", "web", 5)});
  plane_.pods_are({pod("a", "n1", {{"app", "web"}}), pod("b", "n2", {{"app", "web"}})});
  wait_until_acknowledged("n2", 1);
  wait_until(
      [](const Snapshot& s) { return s.nodes.at(NodeName("n1"))->link_trouble == "node is down"; },
      "the trouble of the node");
  EXPECT_EQ(state_of("n1", 0), IntentState::pending);
  link_.bring_up(NodeName("n1"));
  wait_until_acknowledged("n1", 1);
  EXPECT_EQ(plane_.snapshot()->nodes.at(NodeName("n1"))->link_trouble, "");
}

TEST_F(PlaneTest, a_strategy_ends_by_itself_when_its_time_has_come) {
  plane_.pods_are({pod("a", "n1", {{"app", "web"}})});
  Strategy ending = strategy("s", "web", 5);
  ending.expires = clock_.now() + 60s;
  plane_.strategies_are({ending});
  wait_until_acknowledged("n1", 1);
  EXPECT_EQ(plane_.snapshot()->matched_pods(StrategyId("s")), 1u);
  clock_.advance(60s);
  wait_until_acknowledged("n1", 0);
  EXPECT_EQ(plane_.snapshot()->matched_pods(StrategyId("s")), 0u);
  EXPECT_TRUE(plane_.snapshot()->strategies->contains(StrategyId("s")));  // it is still known
}

TEST_F(PlaneTest, a_strategy_counts_again_when_the_clock_was_wrong_about_its_end) {
  plane_.pods_are({pod("a", "n1", {{"app", "web"}})});
  Strategy ending = strategy("s", "web", 5);
  const TimePoint begin = clock_.now();
  ending.expires = begin + 60s;
  clock_.set(begin + 24h);
  plane_.strategies_are({ending});
  EXPECT_EQ(plane_.snapshot()->matched_pods(StrategyId("s")), 0u);
  clock_.set(begin);
  plane_.put(strategy("t", "none", 1));  // wakes the plane
  EXPECT_EQ(plane_.snapshot()->matched_pods(StrategyId("s")), 1u);
  wait_until_acknowledged("n1", 1);
}

TEST_F(PlaneTest, a_disabled_strategy_is_known_and_wants_nothing) {
  plane_.pods_are({pod("a", "n1", {{"app", "web"}})});
  plane_.strategies_are({strategy("s", "web", 5)});
  wait_until_acknowledged("n1", 1);
  Strategy off = strategy("s", "web", 5);
  off.enabled = false;
  EXPECT_EQ(plane_.put(off), 0u);
  wait_until_acknowledged("n1", 0);
  EXPECT_EQ(plane_.put(strategy("s", "web", 5)), 1u);
  wait_until_acknowledged("n1", 1);
}

TEST_F(PlaneTest, the_namespaces_of_pods_that_exist_can_be_asked_for) {
  plane_.pods_are({pod("a", "n1", {})});
  const auto namespaces = plane_.namespaces_of({PodUid("a"), PodUid("gone")});
  EXPECT_EQ(namespaces, (std::map<PodUid, Namespace>{{PodUid("a"), Namespace("default")}}));
}

Scope everything() {
  return {UserId("me"), {{"schedule_strategy.read", false, "", ""}}};
}

TEST_F(PlaneTest, a_previewed_strategy_is_younger_than_those_that_are_there) {
  plane_.pods_are({pod("a", "n1", {{"app", "web"}})});
  Strategy present = strategy("s", "web", 5);
  present.created = clock_.now() - 1h;
  plane_.strategies_are({present});
  const auto seen = plane_.preview(strategy("", "web", 9), std::nullopt, everything());
  ASSERT_TRUE(seen);
  ASSERT_EQ(seen->conflicts.size(), 1u);
  EXPECT_FALSE(seen->conflicts[0].wins);
  EXPECT_EQ(seen->conflicts[0].rule, RankingRule::age);
  EXPECT_EQ(seen->sample.at(0).after.priority.value(), 5);
}

TEST_F(PlaneTest, a_preview_of_what_is_there_already_changes_nothing) {
  plane_.pods_are({pod("a", "n1", {{"app", "web"}})});
  Strategy present = strategy("s", "web", 5);
  present.created = clock_.now() - 1h;
  present.creator = UserId("me");
  plane_.strategies_are({present});
  Strategy draft = strategy("", "web", 5);  // as a request has it: without id and creator
  const auto same = plane_.preview(draft, StrategyId("s"), everything());
  ASSERT_TRUE(same);
  EXPECT_EQ(same->matched_pods, 1u);
  EXPECT_EQ(same->added + same->removed + same->changed, 0u);
  draft.priority = Priority::clamp(6);
  EXPECT_EQ(plane_.preview(draft, StrategyId("s"), everything())->changed, 1u);
}

TEST_F(PlaneTest, what_only_reads_makes_no_new_snapshot) {
  plane_.pods_are({pod("a", "n1", {})});
  plane_.put(strategy("s", "web", 5));
  wait_until([](const Snapshot& s) { return s.pods == 1; }, "the pod");
  const auto before = plane_.snapshot();
  ASSERT_TRUE(plane_.preview(strategy("", "web", 9), std::nullopt, everything()));
  plane_.namespaces_of({PodUid("a")});
  EXPECT_EQ(plane_.snapshot(), before);
}

TEST_F(PlaneTest, a_preview_after_the_end_is_refused) {
  plane_.stop();
  const auto seen = plane_.preview(strategy("", "web", 9), std::nullopt, everything());
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, Errc::unavailable);
}

// Under ThreadSanitizer too: a result that comes late must not be written while it is read.
TEST_F(PlaneTest, previews_that_wait_when_it_ends_are_answered_or_refused) {
  std::vector<Pod> pods;
  for (int i = 0; i < 2'000; ++i) pods.push_back(pod(std::to_string(i), "n1", {{"app", "web"}}));
  plane_.pods_are(pods);
  std::vector<std::thread> askers;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 4; ++i) {
    askers.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        const auto seen = plane_.preview(strategy("", "web", 9), std::nullopt, everything());
        if (seen ? seen->matched_pods != 2'000 : seen.error().code != Errc::unavailable) ++wrong;
      }
    });
  }
  std::this_thread::sleep_for(5ms);
  plane_.stop();
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(wrong, 0);
}

// More intents than are made before one snapshot.
TEST_F(PlaneTest, every_one_of_many_nodes_is_told_while_one_of_them_changes_all_the_time) {
  constexpr std::size_t nodes = 1'200;
  std::vector<Pod> pods;
  for (std::size_t i = 0; i < nodes; ++i) {
    const std::string number = std::to_string(i);
    pods.push_back(pod("p" + number, "n" + number, {{"app", "web"}}));
  }
  plane_.strategies_are({});
  plane_.pods_are(pods);
  EXPECT_EQ(plane_.put(strategy("s", "web", 5)), nodes);
  for (int i = 0; i < 100; ++i) {
    plane_.pods_changed({pod("p0", "n0", {{"app", "web"}, {"turn", std::to_string(i)}})}, {});
  }
  wait_until(
      [](const Snapshot& snapshot) {
        return snapshot.nodes.size() == nodes &&
               std::ranges::all_of(snapshot.nodes, [](const auto& node) {
                 return node.second->is_up_to_date() && node.second->wanted->intents.size() == 1;
               });
      },
      "every node's acknowledgement");
  EXPECT_EQ(link_.held[NodeName("n0")].intents.front().pod_labels->find("turn"), "99");
}

TEST_F(PlaneTest, of_two_snapshots_the_newer_has_the_greater_version) {
  const auto before = plane_.snapshot()->version;
  plane_.put(strategy("s", "web", 5));
  EXPECT_GT(plane_.snapshot()->version, before);
}

}  // namespace
}  // namespace gthulhu
