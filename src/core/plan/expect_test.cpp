// SPDX-License-Identifier: Apache-2.0
#include "core/plan/expect.h"

#include <gtest/gtest.h>

#include <utility>

#include "core/plan/decide.h"
#include "core/plan/plan_samples.h"

namespace gthulhu {
namespace {

using samples::intent;

CommandPattern pattern(const std::string& text, CommandMatch match = CommandMatch::comm) {
  return CommandPattern::parse(text, "commandRegex", match).value();
}

Intent with(Intent intent, CommandMatch match) {
  intent.command = pattern(intent.command.text(), match);
  return intent;
}

using Names = std::vector<std::string>;

TEST(Expectations, a_pattern_that_is_a_name_says_it) {
  EXPECT_EQ(names_in(pattern("nr-gnb")), Names{"nr-gnb"});
  EXPECT_EQ(names_in(pattern("^nginx$")), Names{"nginx"});
  EXPECT_EQ(names_in(pattern("upf|smf|amf")), (Names{"upf", "smf", "amf"}));
  EXPECT_EQ(names_in(pattern("^(upf|smf)$")), (Names{"upf", "smf"}));
  EXPECT_EQ(names_in(pattern("^(?:upf|smf)$")), (Names{"upf", "smf"}));
  EXPECT_EQ(names_in(pattern("^upf$|^smf$")), (Names{"upf", "smf"}));
}

TEST(Expectations, a_pattern_that_is_none_says_none) {
  EXPECT_EQ(names_in(pattern("ngin.*x")), Names{});
  EXPECT_EQ(names_in(pattern("upf|[a-c]mf")), Names{"upf"});
  EXPECT_EQ(names_in(pattern("a-name-of-sixteen")), Names{}) << "no comm is as long";
  EXPECT_EQ(names_in(pattern("x^a$")), Names{}) << "it matches nothing";
  EXPECT_EQ(names_in(pattern("")), Names{});
  EXPECT_EQ(names_in(pattern("(a|b)(c|d)")), Names{});
}

Shared<Process> process(pid_t pid, std::string comm) {
  Process made;
  made.id = {pid, 1'000};
  made.comm = std::move(comm);
  made.threads = {{made.id, made.comm}};
  return made;
}

Shared<PodProcesses> running(const std::string& pod, std::vector<Shared<Process>> processes) {
  return PodProcesses{PodCgroup{PodUid(pod), "/kubepods/pod" + pod}, std::move(processes)};
}

// pod → priority and those of names, "p:5 nginx=7"
std::vector<std::string> told(const ExpectedPods& pods) {
  std::vector<std::string> lines;
  for (const Shared<ExpectedPod>& pod : pods) {
    std::string line = pod->pod.str() + ":" + std::to_string(pod->priority.value());
    for (const ExpectedName& name : pod->names) {
      line += " " + name.comm + "=" + std::to_string(name.priority.value());
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> expected(const std::vector<Intent>& intents,
                                  const RunningPods& pods = {},
                                  const std::vector<bool>& expired = {}) {
  Decider decider;
  decider.intents_are(NodeIntents{1, intents}, expired);
  decider.decide(pods);
  return told(decider.expected());
}

using Lines = std::vector<std::string>;

TEST(Expectations, a_pod_that_is_not_there_yet_is_to_obey_its_strongest_intent_for_all_of_it) {
  EXPECT_EQ(expected({intent("weak", "q", "", 3), intent("strong", "q", "", 5),
                      intent("other", "p", "", -4)}),
            (Lines{"p:-4", "q:5"}));
}

TEST(Expectations, a_neutral_one_is_nothing_to_expect) {
  EXPECT_EQ(expected({intent("i", "p", "", 0)}), Lines{});
}

TEST(Expectations, what_has_expired_is_expected_no_more) {
  EXPECT_EQ(expected({intent("i", "p", "", 5)}, {}, {true}), Lines{});
}

TEST(Expectations, names_of_a_pattern_obey_the_strongest_that_matches_them) {
  EXPECT_EQ(expected({intent("all", "p", "", 2), intent("names", "p", "^(upf|smf)$", 7),
                      intent("one", "p", "smf", 9)}),
            (Lines{"p:2 smf=9 upf=7"}));
  EXPECT_EQ(expected({intent("one", "p", "smf", 9), intent("all", "p", "", 2)}), Lines{"p:2"});
}

TEST(Expectations, names_that_a_pattern_has_matched_are_known_in_every_pod_with_it) {
  EXPECT_EQ(expected({intent("i", "p", "^nr-.*", 8), intent("j", "q", "^nr-.*", 6)},
                     {running("p", {process(1, "nr-gnb"), process(2, "sh")})}),
            (Lines{"p:0 nr-gnb=8", "q:0 nr-gnb=6"}));
}

TEST(Expectations, names_are_remembered_as_long_as_somebody_has_the_pattern) {
  Decider decider;
  const auto with_pattern = [&](const std::string& pod, const std::string& text) {
    decider.intents_are(NodeIntents{1, {intent("i", pod, text, 8)}}, {});
  };
  with_pattern("p", "^nr-.*");
  decider.decide({running("p", {process(1, "nr-gnb")})});
  EXPECT_EQ(told(decider.expected()), Lines{"p:0 nr-gnb=8"});
  decider.decide({});
  EXPECT_EQ(told(decider.expected()), Lines{"p:0 nr-gnb=8"});
  with_pattern("q", "^nr-.*");
  decider.decide({});
  EXPECT_EQ(told(decider.expected()), Lines{"q:0 nr-gnb=8"});
  with_pattern("q", "^other.*");
  with_pattern("q", "^nr-.*");
  decider.decide({});
  EXPECT_EQ(told(decider.expected()), Lines{});
}

TEST(Expectations, no_more_names_are_remembered_than_there_is_room_for) {
  std::vector<Shared<Process>> processes;
  for (int i = 0; i < 100; ++i) processes.push_back(process(10 + i, "nr-" + std::to_string(i)));
  Decider decider;
  decider.intents_are(NodeIntents{1, {intent("i", "p", "^nr-.*", 8)}}, {});
  decider.decide({running("p", std::move(processes))});
  ASSERT_EQ(decider.expected().size(), 1U);
  EXPECT_EQ(decider.expected().front()->names.size(), Expectations::names_most);
}

TEST(Expectations, where_more_than_a_name_decides_none_are_known) {
  Intent of_container = intent("c", "p", "upf", 7);
  of_container.container = "one";
  const Intent whole = intent("all", "p", "", 2);
  EXPECT_EQ(expected({whole, of_container}), Lines{"p:2"});
  for (const CommandMatch match :
       {CommandMatch::exe, CommandMatch::cmdline, CommandMatch::thread}) {
    EXPECT_EQ(expected({whole, with(intent("i", "p", "upf", 7), match)}), Lines{"p:2"})
        << name(match);
  }
}

TEST(Expectations, a_pod_of_which_nothing_new_is_known_is_the_same) {
  Decider decider;
  decider.intents_are(NodeIntents{1, {intent("i", "p", "", 5), intent("j", "q", "^nr-.*", 6)}}, {});
  decider.decide({});
  ASSERT_EQ(told(decider.expected()), Lines{"p:5"});
  const Shared<ExpectedPod> before = decider.expected().front();
  decider.decide({running("q", {process(1, "nr-gnb")})});
  ASSERT_EQ(told(decider.expected()), (Lines{"p:5", "q:0 nr-gnb=6"}));
  EXPECT_TRUE(decider.expected().front().is_same(before));
}

}  // namespace
}  // namespace gthulhu
