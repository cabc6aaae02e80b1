// SPDX-License-Identifier: Apache-2.0
#include "app/agent/pod_usages.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_pod_delays.h"
#include "tests/fakes/fake_task_usages.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

TaskUsage cpu(std::uint64_t nanoseconds) {
  return {.cpu_ns = nanoseconds};
}

class PodUsagesTest : public testing::Test {
 protected:
  // An intent for the pod; its name and namespace follow from the UID.
  void add_intent(const std::string& pod) {
    Intent intent;
    intent.pod = PodUid(pod);
    intent.pod_name = "name-" + pod;
    intent.name_space = Namespace("ns");
    intent.node = NodeName("n1");
    NodeIntents intents = *node_.intents;
    intents.intents.push_back(std::move(intent));
    node_.intents = std::move(intents);
  }
  // A process with these threads obeys the intent at `index`.
  void add_process(std::size_t index,
                   const std::vector<pid_t>& threads,
                   std::uint64_t start_ticks = 1) {
    Decision decision;
    decision.intent = index;
    Process process{.id = {threads.front(), start_ticks}};
    for (const pid_t tid : threads) process.threads.push_back({{tid, start_ticks}, ""});
    decision.process = std::move(process);
    Decisions decisions = *node_.decisions;
    decisions.emplace_back(PodDecisions{{std::move(decision)}});
    node_.decisions = std::move(decisions);
  }
  std::vector<PodUsage> look(std::chrono::milliseconds later = 1s) {
    clock_.advance(later);
    return usages_.look(node_);
  }
  // The only entry's.
  std::uint64_t cpu_now() {
    const auto pods = look();
    EXPECT_EQ(pods.size(), 1u);
    return pods.empty() ? 0 : pods.front().used.cpu_ns;
  }

  FakeClock clock_;
  FakeTaskUsages tasks_;
  NodeSnapshot node_;
  FakePodDelays delays_;
  PodUsages usages_{clock_, tasks_, delays_, {.pods_most = 2}};
};

TEST_F(PodUsagesTest, sum_all_threads_of_the_processes_with_decisions) {
  add_intent("a");
  add_process(0, {10, 11});
  add_process(0, {20});
  tasks_.used = {{{10, 1}, {.cpu_ns = 1, .wait_ns = 2, .runs = 3}},
                 {{11, 1}, {.cpu_ns = 10, .migrations = 4}},
                 {{20, 1}, {.voluntary_switches = 5, .involuntary_switches = 6}},
                 {{30, 1}, {.cpu_ns = 1000}}};
  const PodUsage expected{PodUid("a"),
                          "name-a",
                          Namespace("ns"),
                          NodeName("n1"),
                          2,
                          {.cpu_ns = 11,
                           .wait_ns = 2,
                           .runs = 3,
                           .voluntary_switches = 5,
                           .involuntary_switches = 6,
                           .migrations = 4}};
  EXPECT_EQ(look(), std::vector{expected});
}

TEST_F(PodUsagesTest, do_not_fall_when_a_process_ends) {
  add_intent("a");
  add_process(0, {10, 11});
  tasks_.used = {{{10, 1}, cpu(5)}, {{11, 1}, cpu(7)}};
  EXPECT_EQ(cpu_now(), 12u);
  tasks_.used.erase({11, 1});  // one thread, which the loop has not noticed yet
  EXPECT_EQ(cpu_now(), 12u);
  tasks_.used.clear();
  node_.decisions = Decisions{};
  EXPECT_EQ(cpu_now(), 12u);
  EXPECT_EQ(look().front().processes, 0u);
  add_process(0, {12});
  tasks_.used = {{{12, 1}, cpu(1)}};
  EXPECT_EQ(cpu_now(), 13u);
}

TEST_F(PodUsagesTest, count_a_number_that_was_given_to_another_task_anew) {
  add_intent("a");
  add_process(0, {10});
  tasks_.used = {{{10, 1}, cpu(5)}};
  EXPECT_EQ(cpu_now(), 5u);
  tasks_.used = {{{10, 2}, cpu(1)}};
  node_.decisions = Decisions{};
  add_process(0, {10}, 2);
  EXPECT_EQ(cpu_now(), 6u);
}

TEST_F(PodUsagesTest, count_nothing_twice_when_a_decision_goes_and_comes_back) {
  add_intent("a");
  add_process(0, {10});
  tasks_.used = {{{10, 1}, cpu(5)}};
  EXPECT_EQ(cpu_now(), 5u);
  const auto decided = std::exchange(node_.decisions, Decisions{});
  tasks_.used = {{{10, 1}, cpu(6)}};
  EXPECT_EQ(cpu_now(), 6u);
  node_.decisions = decided;
  tasks_.used = {{{10, 1}, cpu(8)}};
  EXPECT_EQ(cpu_now(), 8u);
}

TEST_F(PodUsagesTest, have_one_entry_for_a_pod_with_two_intents) {
  add_intent("a");
  add_intent("a");
  add_process(0, {10});
  add_process(1, {20});
  tasks_.used = {{{10, 1}, cpu(5)}, {{20, 1}, cpu(6)}};
  EXPECT_EQ(cpu_now(), 11u);
}

TEST_F(PodUsagesTest, end_with_the_pods_last_intent) {
  add_intent("a");
  add_process(0, {10});
  tasks_.used = {{{10, 1}, cpu(5)}};
  EXPECT_EQ(cpu_now(), 5u);
  node_ = {};
  EXPECT_TRUE(look().empty());
  const std::size_t asked = tasks_.asked;
  look();
  EXPECT_EQ(tasks_.asked, asked) << "no task is looked at any more";
}

TEST_F(PodUsagesTest, that_have_no_entry_of_their_own_are_one_together) {
  for (const std::string pod : {"a", "b", "c", "d"}) add_intent(pod);
  for (pid_t i = 0; i < 4; ++i) {
    add_process(static_cast<std::size_t>(i), {10 + i});
    tasks_.used[{10 + i, 1}] = cpu(1U << static_cast<unsigned>(i));
  }
  auto pods = look();
  ASSERT_EQ(pods.size(), 3u);
  EXPECT_EQ(pods[0].pod, PodUid());
  EXPECT_EQ(pods[0].processes, 2u);
  EXPECT_EQ(pods[0].used.cpu_ns, 4u + 8u);
  EXPECT_EQ(pods[1].pod, PodUid("a"));
  EXPECT_EQ(pods[2].pod, PodUid("b"));

  // "a" goes: its place is for a new pod, and what the others used together does not fall.
  node_ = {};
  for (const std::string pod : {"b", "c", "e"}) add_intent(pod);
  add_process(1, {12});
  add_process(2, {15});
  tasks_.used[{15, 1}] = cpu(100);
  pods = look();
  ASSERT_EQ(pods.size(), 3u);
  EXPECT_EQ(pods[0].used.cpu_ns, 4u + 8u);
  EXPECT_EQ(pods[0].processes, 1u);
  EXPECT_EQ(pods[1].pod, PodUid("b"));
  EXPECT_EQ(pods[2].pod, PodUid("e"));
  EXPECT_EQ(pods[2].used.cpu_ns, 100u);

  node_ = {};
  pods = look();
  ASSERT_EQ(pods.size(), 1u);
  EXPECT_EQ(pods[0].used.cpu_ns, 4u + 8u);
}

TEST_F(PodUsagesTest, count_nothing_twice_when_a_pod_of_the_others_goes_and_comes_back) {
  for (const std::string pod : {"a", "b", "c"}) add_intent(pod);
  add_process(2, {12});
  tasks_.used = {{{12, 1}, cpu(5)}};
  EXPECT_EQ(look().front().used.cpu_ns, 5u);
  const NodeSnapshot before = std::exchange(node_, {});
  EXPECT_EQ(look().front().used.cpu_ns, 5u);
  node_ = before;
  tasks_.used = {{{12, 1}, cpu(7)}};
  EXPECT_EQ(look().front().used.cpu_ns, 7u);
  node_ = {};
  tasks_.used.clear();
  EXPECT_EQ(look().front().used.cpu_ns, 7u);
  const std::size_t asked = tasks_.asked;
  EXPECT_EQ(look().front().used.cpu_ns, 7u);
  EXPECT_EQ(tasks_.asked, asked) << "no task is looked at any more";
}

TEST_F(PodUsagesTest, are_not_looked_at_more_often_than_once_a_second) {
  add_intent("a");
  add_process(0, {10});
  tasks_.used = {{{10, 1}, cpu(5)}};
  EXPECT_EQ(look().front().used.cpu_ns, 5u);
  tasks_.used = {{{10, 1}, cpu(9)}};
  EXPECT_EQ(look(999ms).front().used.cpu_ns, 5u);
  EXPECT_EQ(tasks_.asked, 1u);
  EXPECT_EQ(look(1ms).front().used.cpu_ns, 9u);
}

TEST_F(PodUsagesTest, are_looked_at_more_slowly_where_that_takes_long) {
  // Each look takes half a second.
  class Slow : public FakeTaskUsages {
   public:
    explicit Slow(FakeClock& clock) : clock_(clock) {}
    Result<std::vector<std::optional<TaskUsage>>> of(const std::vector<TaskId>& tasks) override {
      clock_.advance(500ms);
      return FakeTaskUsages::of(tasks);
    }

   private:
    FakeClock& clock_;
  };
  Slow slow(clock_);
  slow.used = {{{10, 1}, cpu(5)}};
  PodUsages usages(clock_, slow, delays_);
  add_intent("a");
  add_process(0, {10});
  usages.look(node_);
  clock_.advance(9'499ms);
  usages.look(node_);
  EXPECT_EQ(slow.asked, 1u);
  clock_.advance(1ms);
  usages.look(node_);
  EXPECT_EQ(slow.asked, 2u);
}

TEST_F(PodUsagesTest, stay_as_they_were_while_tasks_cannot_be_looked_at) {
  add_intent("a");
  add_process(0, {10});
  tasks_.used = {{{10, 1}, cpu(5)}};
  EXPECT_EQ(cpu_now(), 5u);
  tasks_.broken = Error{Errc::unavailable, "no files left", ""};
  EXPECT_EQ(cpu_now(), 5u);
  tasks_.broken.reset();
  tasks_.used = {{{10, 1}, cpu(6)}};
  EXPECT_EQ(cpu_now(), 6u);
}

TEST_F(PodUsagesTest, count_a_process_with_two_decisions_for_its_threads_once) {
  add_intent("a");
  add_process(0, {10, 11});
  PodDecisions decided = *node_.decisions->front();
  decided.processes.push_back(decided.processes.front());
  node_.decisions = Decisions{decided};
  tasks_.used = {{{10, 1}, cpu(1)}, {{11, 1}, cpu(2)}};
  const auto pods = look();
  ASSERT_EQ(pods.size(), 1u);
  EXPECT_EQ(pods.front().processes, 1u);
  EXPECT_EQ(pods.front().used.cpu_ns, 3u);
}

TEST_F(PodUsagesTest, have_the_delays_of_pods_with_an_entry_of_their_own) {
  for (const std::string pod : {"a", "b", "c"}) add_intent(pod);
  delays_.delayed[PodUid("b")].throttling.periods = 7;
  delays_.delayed[PodUid("c")].throttling.periods = 8;
  const auto pods = look();
  ASSERT_EQ(pods.size(), 3u);
  EXPECT_EQ(delays_.asked, (std::set{PodUid("a"), PodUid("b")}));
  EXPECT_EQ(pods[0].delay, PodDelay());
  EXPECT_EQ(pods[2].delay.throttling.periods, 7u);
}

TEST_F(PodUsagesTest, keep_delays_while_they_cannot_be_looked_at) {
  add_intent("a");
  delays_.delayed[PodUid("a")].throttling.periods = 7;
  look();
  delays_.broken = Error{Errc::unavailable, "no files left", ""};
  EXPECT_EQ(look().front().delay.throttling.periods, 7u);
}

}  // namespace
}  // namespace gthulhu
