// SPDX-License-Identifier: Apache-2.0
#include "core/plan/decide.h"

#include <gtest/gtest.h>

#include "core/plan/plan_samples.h"
#include "core/plan/summarize.h"

namespace gthulhu {
namespace {

using samples::intent;

Process process(pid_t pid, std::string comm) {
  Process result;
  result.id = {pid, 1'000};
  result.comm = std::move(comm);
  result.threads = {{result.id, result.comm}, {{pid + 1, 1'001}, "worker"}};
  return result;
}

Shared<PodProcesses> running(const std::string& pod, std::vector<Shared<Process>> processes) {
  return PodProcesses{PodCgroup{PodUid(pod), "/kubepods/pod" + pod}, std::move(processes)};
}

// pid → intent
std::map<pid_t, std::size_t> winners(const Decisions& decisions) {
  std::map<pid_t, std::size_t> result;
  for (const Shared<PodDecisions>& pod : decisions) {
    for (const Decision& decision : pod->processes) {
      EXPECT_TRUE(result.emplace(decision.process->id.tid, decision.intent).second);
    }
  }
  return result;
}

TEST(Decide, the_last_intent_of_the_pod_whose_command_matches_wins) {
  const std::vector intents{intent("weak", "p", ""), intent("strong", "p", "^nginx$"),
                            intent("other", "q", "")};
  const std::vector pods{running("p", {process(10, "nginx"), process(20, "sh")}),
                         running("q", {process(30, "nginx")})};
  EXPECT_EQ(winners(decide(intents, pods)),
            (std::map<pid_t, std::size_t>{{10, 1}, {20, 0}, {30, 2}}));
}

TEST(Decide, a_decision_has_what_the_intent_wants_for_all_threads) {
  std::vector intents{intent("i", "p", "", 5)};
  intents.front().slice = Slice::clamp(3'000'000);
  const std::vector pods{running("p", {process(10, "nginx")})};
  const Decisions decisions = decide(intents, pods);
  ASSERT_EQ(decisions.size(), 1U);
  ASSERT_EQ(decisions.front()->processes.size(), 1U);
  const Decision& decision = decisions.front()->processes.front();
  EXPECT_TRUE(decision.process.is_same(pods.front()->processes.front()));
  EXPECT_EQ(decision.priority.value(), 5);
  EXPECT_EQ(decision.slice, intents.front().slice);
}

TEST(Decide, an_intent_for_a_container_concerns_its_processes_and_not_the_pod_as_a_whole) {
  std::vector intents{intent("all", "p", ""), intent("one", "p", ""), intent("gone", "p", "")};
  intents[1].container = "main";
  intents[1].container_ids = {"c1", "c2"};
  intents[2].container = "not started";
  Process inside = process(10, "nginx");
  inside.container_id = std::string("c2");
  Process outside = process(20, "nginx");
  outside.container_id = std::string("c3");
  const std::vector pods{running("p", {inside, outside, process(30, "nginx")})};
  const Decisions decisions = decide(intents, pods);
  EXPECT_EQ(winners(decisions), (std::map<pid_t, std::size_t>{{10, 1}, {20, 0}, {30, 0}}));
  ASSERT_EQ(decisions.size(), 1U);
  ASSERT_TRUE(decisions.front()->whole);
  EXPECT_EQ(decisions.front()->whole->intent, 0U);
}

TEST(Decide, an_expired_intent_is_as_if_it_were_not_there) {
  const std::vector intents{intent("weak", "p", ""), intent("strong", "p", "")};
  const std::vector pods{running("p", {process(10, "nginx")})};
  const Decisions decisions = decide(intents, pods, {false, true});
  EXPECT_EQ(winners(decisions), (std::map<pid_t, std::size_t>{{10, 0}}));
  EXPECT_TRUE(decisions.front()->superseded.empty());
  EXPECT_EQ(summarize(intents, decisions, {}, {false, true})[1].state, IntentState::expired);
}

TEST(Decide, pause_and_what_no_intent_matches_are_left_alone) {
  const std::vector intents{intent("i", "p", ""), intent("j", "q", "nginx")};
  const std::vector pods{running("p", {process(10, "pause"), process(20, "pause2")}),
                         running("q", {process(30, "sh")}), running("r", {process(40, "nginx")})};
  EXPECT_EQ(winners(decide(intents, pods)), (std::map<pid_t, std::size_t>{{20, 0}}));
}

TEST(Decide, again_makes_only_what_is_not_the_same_as_before) {
  const std::vector intents{intent("i", "p", ""), intent("j", "q", "")};
  RunningPods pods{running("p", {process(10, "a")}), running("q", {process(20, "b")})};
  Decider decider;
  decider.intents_are(NodeIntents{1, intents}, {});
  EXPECT_TRUE(decider.decide(pods));
  const Decisions first = decider.decisions();
  EXPECT_FALSE(decider.decide(pods)) << "nothing happened";
  pods[1] = running("q", {process(20, "b"), process(30, "c")});
  EXPECT_TRUE(decider.decide(pods));
  const Decisions second = decider.decisions();
  EXPECT_TRUE(second[0].is_same(first[0]));
  EXPECT_FALSE(second[1].is_same(first[1]));
  EXPECT_EQ(second, decide(intents, pods));
  decider.intents_are(NodeIntents{2, intents}, {true, false});
  EXPECT_TRUE(decider.decide(pods));
  EXPECT_EQ(decider.decisions(), decide(intents, pods, {true, false}));
  decider.intents_are(NodeIntents{3, {}}, {});
  EXPECT_TRUE(decider.decide({})) << "there were decisions before";
  EXPECT_FALSE(decider.decide({}));
}

TEST(Decide, for_the_pod_as_a_whole_the_last_intent_without_a_command_holds) {
  std::vector intents{intent("a", "p", "", 1), intent("b", "p", "", 2), intent("c", "p", ".", 3),
                      intent("d", "q", "x", 4)};
  intents[1].slice = Slice::clamp(2'000'000);
  const std::vector pods{running("p", {}), running("q", {process(10, "x")})};
  const Decisions decisions = decide(intents, pods);
  ASSERT_EQ(decisions.size(), 2U);
  EXPECT_FALSE(decisions[1]->whole);
  EXPECT_EQ(decisions[0]->whole, (PodDecision{1, PodCgroup{PodUid("p"), "/kubepods/podp"},
                                              Priority::clamp(2), Slice::clamp(2'000'000)}));
}

TEST(Decide, losers_are_told_with_whom_they_lost_to) {
  const std::vector intents{intent("a", "p", ""), intent("b", "p", "nginx"),
                            intent("c", "p", "nginx|sh")};
  const std::vector pods{
      running("p", {process(10, "nginx"), process(20, "sh"), process(30, "sleep")})};
  const Decisions decisions = decide(intents, pods);
  EXPECT_EQ(decisions.front()->superseded, (std::vector<Superseded>{{0, 2, 2}, {1, 2, 1}}));
}

Intent matching(const std::string& id, const std::string& pattern, CommandMatch match) {
  Intent made = intent(id, "p", "");
  made.command = *CommandPattern::parse(pattern, "command", match);
  return made;
}

TEST(Decide, a_command_is_matched_against_what_the_intent_names) {
  Process python = process(10, "python3");
  python.program = Program{"/usr/bin/python3.11", "python3 -m gnb --cell 1"};
  const std::vector pods{running("p", {python, process(20, "gnb")})};
  const auto winner_of = [&](const Intent& only) { return winners(decide({only}, pods)); };
  using Winners = std::map<pid_t, std::size_t>;
  EXPECT_EQ(winner_of(matching("i", "gnb", CommandMatch::comm)), (Winners{{20, 0}}));
  EXPECT_EQ(winner_of(matching("i", "gnb", CommandMatch::cmdline)), (Winners{{10, 0}}));
  EXPECT_EQ(winner_of(matching("i", "^/usr/bin/", CommandMatch::exe)), (Winners{{10, 0}}));
  EXPECT_EQ(winner_of(matching("i", "^worker$", CommandMatch::thread)),
            (Winners{{10, 0}, {20, 0}}));
}

TEST(Decide, threads_that_an_intent_names_obey_it_and_the_others_what_the_process_obeys) {
  const std::vector intents{intent("process", "p", "nginx", 1),
                            matching("workers", "^worker$", CommandMatch::thread)};
  const std::vector pods{running("p", {process(10, "nginx"), process(20, "sh")})};
  const Decisions decisions = decide(intents, pods);
  const std::vector<Decision>& made = decisions.front()->processes;
  ASSERT_EQ(made.size(), 3U);
  const auto thread_of = [&](std::size_t index) {
    EXPECT_EQ(made[index].process->threads.size(), 1U);
    return made[index].process->threads.front().id.tid;
  };
  EXPECT_EQ(std::tuple(made[0].intent, thread_of(0), made[0].is_for_threads),
            std::tuple(0U, 10, false));
  EXPECT_EQ(std::tuple(made[1].intent, thread_of(1), made[1].is_for_threads),
            std::tuple(1U, 11, true));
  EXPECT_EQ(std::tuple(made[2].intent, thread_of(2), made[2].is_for_threads),
            std::tuple(1U, 21, true));
  EXPECT_EQ(made[1].process->id.tid, 10) << "of its process";
  EXPECT_EQ(decisions.front()->superseded, (std::vector<Superseded>{{0, 1, 1}}));
}

TEST(Decide, without_intents_or_processes_there_is_nothing_to_do) {
  EXPECT_EQ(decide({}, {running("p", {process(10, "nginx")})}).front(),
            (PodDecisions{.processes = {}, .cgroup = PodCgroup{PodUid("p"), "/kubepods/podp"}}));
  EXPECT_EQ(decide({intent("a", "p", "")}, {}), Decisions{});
}

}  // namespace
}  // namespace gthulhu
