// SPDX-License-Identifier: Apache-2.0
#include "adapters/sched_ext/rules.h"

#include <gtest/gtest.h>

#include <random>

#include "adapters/sched_ext/test_decisions.h"

namespace gthulhu {
namespace {

using testing::decision;
using testing::expected;
using testing::known_uid;
using testing::named;
using testing::of_process;
using testing::of_thread;
using testing::pod;
using testing::rule;
using testing::thread_decision;
using testing::whole_pod;
using testing::with_names_of;

constexpr CgroupId cgroup{7};

TEST(Rules, a_decision_for_the_whole_pod_is_one_rule_however_many_processes_there_are) {
  PodDecisions wanted = whole_pod("a", 0, 5);
  for (pid_t process = 1; process <= 100; ++process) {
    wanted.processes.push_back(decision(0, process, 5));
  }
  EXPECT_EQ(rules_of(wanted, cgroup, nullptr).rules, (Rules{{cgroup, rule(5)}}));
}

TEST(Rules, what_differs_from_the_pods_has_a_rule_of_its_own) {
  const PodDecisions wanted =
      whole_pod("a", 0, 5, {decision(0, 1, 5), decision(1, 2, 9), decision(1, 3, 0)});
  EXPECT_EQ(rules_of(wanted, cgroup, nullptr).rules,
            (Rules{{cgroup, rule(5)}, {of_process(2), rule(9)}, {of_process(3), rule(0)}}));
}

TEST(Rules, a_slice_makes_a_difference_too) {
  PodDecisions wanted = whole_pod("a", 0, 5, {decision(0, 1, 5, {}, 2'000'000)});
  EXPECT_EQ(rules_of(wanted, cgroup, nullptr).rules,
            (Rules{{cgroup, rule(5)}, {of_process(1), rule(5, 2'000'000)}}));
  wanted.whole->slice = Slice::clamp(2'000'000);
  EXPECT_EQ(rules_of(wanted, cgroup, nullptr).rules, (Rules{{cgroup, rule(5, 2'000'000)}}));
}

TEST(Rules, a_pod_whose_cgroup_is_not_known_has_rules_for_its_processes) {
  const PodDecisions wanted = whole_pod("a", 0, 5, {decision(0, 1, 5), decision(1, 2, 0)});
  EXPECT_EQ(rules_of(wanted, std::nullopt, nullptr).rules, (Rules{{of_process(1), rule(5)}}));
}

TEST(Rules, neutral_without_a_slice_needs_none) {
  EXPECT_TRUE(rules_of(whole_pod("a", 0, 0, {decision(0, 1, 0)}), cgroup, nullptr).rules.empty());
  EXPECT_TRUE(rules_of(pod("a", {decision(0, 1, 0)}), cgroup, nullptr).rules.empty());
}

TEST(Rules, threads_that_were_chosen_by_name_have_rules_where_their_process_obeys_another) {
  const PodDecisions wanted = whole_pod(
      "a", 0, 5,
      {decision(1, 1, 3, {1}), thread_decision(2, 1, 9, {10, 11}),  //
       decision(0, 2, 5, {2}), thread_decision(2, 2, 9, {20}), thread_decision(3, 3, 5, {30})});
  EXPECT_EQ(rules_of(wanted, cgroup, nullptr).rules, (Rules{{cgroup, rule(5)},
                                                            {of_process(1), rule(3)},
                                                            {of_thread(10), rule(9)},
                                                            {of_thread(11), rule(9)},
                                                            {of_thread(20), rule(9)}}));
}

TEST(Rules, a_thread_that_obeys_as_the_pod_does_has_one_where_its_process_does_not) {
  const PodDecisions wanted =
      whole_pod("a", 0, 5, {decision(1, 1, 3, {1}), thread_decision(2, 1, 5, {10})});
  EXPECT_EQ(rules_of(wanted, cgroup, nullptr).rules,
            (Rules{{cgroup, rule(5)}, {of_process(1), rule(3)}, {of_thread(10), rule(5)}}));
}

TEST(Rules, a_pod_has_one_before_its_cgroup_is_there_and_its_names_too) {
  EXPECT_EQ(rules_of(expected(known_uid, 5, {})).rules, (Rules{{known_uid, rule(5)}}));
  EXPECT_EQ(rules_of(expected(known_uid, 0, {{"nginx", 7}, {"php", 3}})).rules,
            (Rules{{known_uid, with_names_of(known_uid, 0)},
                   {NameRuleKey{known_uid, "nginx"}, rule(7)},
                   {NameRuleKey{known_uid, "php"}, rule(3)}}));
}

TEST(Rules, a_pod_that_cannot_be_told_by_its_cgroups_name_has_none_before) {
  EXPECT_TRUE(rules_of(expected(PodUid("a"), 5, {{"nginx", 7}})).rules.empty());
}

TEST(Rules, processes_that_obey_the_rule_of_their_name_need_none_of_their_own) {
  const ExpectedPod by_name = expected(known_uid, 0, {{"nginx", 7}});
  const PodDecisions wanted =
      pod(known_uid.str(), {named(decision(0, 1, 7), "nginx"), named(decision(0, 2, 7), "other"),
                            named(decision(1, 3, 5), "nginx")});
  EXPECT_EQ(rules_of(wanted, cgroup, &by_name).rules, (Rules{{cgroup, with_names_of(known_uid, 0)},
                                                             {of_process(2), rule(7)},
                                                             {of_process(3), rule(5)}}));
}

TEST(Rules, what_a_pod_obeys_as_a_whole_and_its_names_go_together) {
  const ExpectedPod by_name = expected(known_uid, 5, {{"nginx", 7}});
  const PodDecisions wanted = whole_pod(
      known_uid.str(), 0, 5, {named(decision(1, 1, 7), "nginx"), named(decision(0, 2, 5), "sh")});
  EXPECT_EQ(rules_of(wanted, cgroup, &by_name).rules,
            (Rules{{cgroup, with_names_of(known_uid, 5)}}));
  // Without a cgroup nothing says that names count.
  EXPECT_EQ(rules_of(wanted, std::nullopt, &by_name).rules,
            (Rules{{of_process(1), rule(7)}, {of_process(2), rule(5)}}));
}

TEST(Rules, threads_that_were_chosen_by_name_obey_otherwise_what_their_process_does) {
  const ExpectedPod by_name = expected(known_uid, 0, {{"nginx", 7}});
  Decision same = named(thread_decision(1, 1, 7, {10}), "nginx");
  Decision other = named(thread_decision(2, 1, 9, {11}), "nginx");
  const PodDecisions wanted =
      pod(known_uid.str(), {named(decision(0, 1, 7, {1}), "nginx"), same, other});
  EXPECT_EQ(rules_of(wanted, cgroup, &by_name).rules,
            (Rules{{cgroup, with_names_of(known_uid, 0)}, {of_thread(11), rule(9)}}));
}

TEST(Rules, the_same_pods_need_no_change) {
  const Shared<PodRules> rules(PodRules{PodUid("a"), {{cgroup, rule(5)}}});
  EXPECT_TRUE(rule_changes({rules}, {rules}).empty());
}

TEST(Rules, a_process_that_moves_from_pod_to_pod_goes_before_it_comes) {
  const auto changes = rule_changes({PodRules{PodUid("b"), {{of_process(1), rule(3)}}}},
                                    {PodRules{PodUid("a"), {{of_process(1), rule(5)}}}});
  EXPECT_EQ(changes,
            (std::vector<RuleChange>{{of_process(1), std::nullopt}, {of_process(1), rule(5)}}));
}

// Against the slow and simple form: all rules of before, less those that go, with those that come.
TEST(Rules, changes_lead_from_any_set_to_any_other) {
  std::mt19937 random(1);
  const auto made = [&] {
    std::vector<Shared<PodRules>> pods;
    for (const char* uid : {"a", "b", "c", "d"}) {
      if (random() % 3 == 0) continue;
      PodRules rules{PodUid(uid), {}};
      for (std::size_t i = random() % 4; i > 0; --i) {
        const auto number = static_cast<pid_t>(random() % 4 + 10U * static_cast<unsigned>(*uid));
        const int priority = static_cast<int>(random() % 3);
        const RuleKey key = random() % 2 == 0 ? of_process(number) : of_thread(number);
        rules.rules.insert_or_assign(key, rule(priority));
      }
      pods.emplace_back(std::move(rules));
    }
    return pods;
  };
  const auto all = [](const std::vector<Shared<PodRules>>& pods) {
    Rules rules;
    for (const auto& pod : pods) rules.insert(pod->rules.begin(), pod->rules.end());
    return rules;
  };
  std::vector<Shared<PodRules>> before;
  for (int round = 0; round < 2'000; ++round) {
    std::vector<Shared<PodRules>> now = made();
    for (auto& pod : now) {
      for (const auto& old : before) {
        if (*old == *pod) pod = old;
      }
    }
    Rules rules = all(before);
    for (const RuleChange& change : rule_changes(before, now)) {
      if (change.rule) {
        EXPECT_TRUE(!rules.contains(change.key) || rules.at(change.key) != *change.rule);
        rules.insert_or_assign(change.key, *change.rule);
      } else {
        EXPECT_EQ(rules.erase(change.key), 1U);
      }
    }
    ASSERT_EQ(rules, all(now));
    before = std::move(now);
  }
}

}  // namespace
}  // namespace gthulhu
