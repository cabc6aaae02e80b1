// SPDX-License-Identifier: Apache-2.0
#include "app/agent/node_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_enforcer.h"
#include "tests/fakes/fake_node_scheduler.h"
#include "tests/fakes/fake_processes.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

class MemoryIntentFile : public IntentFile {
 public:
  NodeIntents held;
  std::optional<Error> broken;

  Result<NodeIntents> load() override {
    if (broken) return *broken;
    return held;
  }
  Result<> save(const NodeIntents& intents) override {
    if (broken) return *broken;
    held = intents;
    return {};
  }
};

class KeepLastReport : public ReportSink {
 public:
  void node_reported(NodeReport report) override {
    const std::lock_guard lock(mutex_);
    last_ = std::move(report);
  }
  NodeReport last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  mutable std::mutex mutex_;  // guards last_
  NodeReport last_;
};

Intent intent(const std::string& id, const std::string& pod, int priority) {
  Intent made;
  made.id = IntentId(id);
  made.pod = PodUid(pod);
  made.priority = Priority::clamp(priority);
  return made;
}

PodProcesses running(const std::string& pod, pid_t pid, const std::string& comm) {
  return {PodCgroup{PodUid(pod), "/" + pod}, {Process{{pid, 1}, 1, comm, {{{pid, 1}, comm}}, {}}}};
}

// Nothing can be said of the pod "b".
class HalfBlind : public FakeProcesses {
 public:
  Result<const RunningPods*> of(const PodSet& pods) override {
    if (pods->contains(PodUid("b"))) return Error{Errc::unavailable, "no cgroups", ""};
    return FakeProcesses::of(pods);
  }
};

// A look takes a tenth of a second. What it uses of a CPU is up to the test.
class SlowToLook : public FakeProcesses {
 public:
  FakeClock* clock = nullptr;
  std::chrono::nanoseconds cost{0};
  std::atomic<int> looks = 0;

  Result<const RunningPods*> of(const PodSet& pods) override {
    ++looks;
    clock->advance(100ms);
    clock->work(cost);
    return FakeProcesses::of(pods);
  }
};

template <class ProcessesOfNode>
class LoopTest : public testing::Test {
 protected:
  void start() { ASSERT_TRUE(loop_.start()); }
  template <class Condition>
  void wait_until(Condition condition, const char* what) {
    for (int i = 0; i < 2'000; ++i) {
      if (condition()) return;
      std::this_thread::sleep_for(1ms);
    }
    FAIL() << "waited in vain for " << what;
  }
  void wait_for_state(IntentState state) {
    wait_until(
        [&] {
          const auto reports = loop_.snapshot()->reports();
          return reports.size() == 1 && reports.front().state == state;
        },
        "the intent's state");
  }

  FakeClock clock_;
  ProcessesOfNode processes_;
  FakeEnforcer enforcer_;
  MemoryIntentFile file_;
  KeepLastReport reports_;
  NodeLoop loop_{clock_, processes_, enforcer_, file_, reports_, {NodeName("n1"), 5ms, 20ms}};
};

using NodeLoopTest = LoopTest<FakeProcesses>;
using HalfBlindNodeLoopTest = LoopTest<HalfBlind>;
using SlowNodeLoopTest = LoopTest<SlowToLook>;

TEST_F(NodeLoopTest, an_accepted_set_is_on_disk_and_enforced_and_reported) {
  processes_.running = {running("a", 10, "sh")};
  start();
  ASSERT_TRUE(loop_.accept({5, {intent("i", "a", 3)}}));
  wait_for_state(IntentState::verified);
  wait_until([&] { return reports_.last().generation == 5 && reports_.last().intents.size() == 1; },
             "the report");
  loop_.stop();
  EXPECT_EQ(file_.held.generation, 5u);
  EXPECT_TRUE(enforcer_.in_force.empty()) << "an orderly stop puts everything back";
}

TEST_F(NodeLoopTest, the_enforcer_hears_of_pods_that_are_not_there_yet) {
  start();
  ASSERT_TRUE(loop_.accept({5, {intent("i", "a", 3), intent("j", "b", 0)}}));
  wait_until([&] { return reports_.last().generation == 5; }, "the report");
  loop_.stop();
  EXPECT_EQ(enforcer_.expected,
            (ExpectedPods{ExpectedPod{PodUid("a"), Priority::clamp(3), {}, {}}}));
}

TEST_F(NodeLoopTest, an_intent_ends_on_the_nodes_monotonic_clock_whatever_its_wall_clock_says) {
  processes_.running = {running("a", 10, "sh")};
  start();
  Intent ending = intent("i", "a", 3);
  const TimePoint managers_now = clock_.now() + 1h;
  ending.expires = managers_now + 10s;
  ASSERT_TRUE(
      loop_.update([&](const NodeIntents&) { return NodeIntents{5, {ending}}; }, managers_now));
  wait_for_state(IntentState::verified);
  clock_.advance(11s);
  wait_for_state(IntentState::expired);
  loop_.stop();
  EXPECT_TRUE(enforcer_.in_force.empty());
}

TEST_F(NodeLoopTest, where_changes_are_noticed_a_turn_follows_each) {
  processes_.notices = true;
  processes_.running = {running("a", 10, "sh")};
  start();
  ASSERT_TRUE(loop_.accept({5, {intent("i", "a", 3)}}));
  wait_for_state(IntentState::verified);
  const auto decided = loop_.snapshot()->decided;
  processes_.change({running("a", 20, "sh")});
  wait_until([&] { return loop_.snapshot()->decided != decided; }, "the turn");
  EXPECT_EQ(loop_.snapshot()->decisions->front()->processes.front().process->id.tid, 20);
}

TEST_F(NodeLoopTest, an_older_generation_is_refused_and_the_same_again_is_a_success) {
  start();
  ASSERT_TRUE(loop_.accept({5, {intent("i", "a", 3)}}));
  ASSERT_TRUE(loop_.accept({5, {intent("i", "a", 3)}}));
  const Result<> refused = loop_.accept({4, {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  wait_for_state(IntentState::delivered);
}

TEST_F(NodeLoopTest, a_restart_goes_on_with_what_is_on_disk) {
  file_.held = {9, {intent("i", "a", 3)}};
  processes_.running = {running("a", 10, "sh")};
  start();
  wait_for_state(IntentState::verified);
}

TEST_F(NodeLoopTest, what_cannot_be_stored_is_not_acknowledged_and_changes_nothing) {
  start();
  ASSERT_TRUE(loop_.accept({5, {intent("i", "a", 3)}}));
  loop_.stop();
  file_.broken = Error{Errc::unavailable, "disk full", ""};
  NodeLoop other(clock_, processes_, enforcer_, file_, reports_, {NodeName("n1"), 5ms, 20ms});
  EXPECT_FALSE(other.start());
  EXPECT_FALSE(other.accept({6, {}})) << "a loop that does not run acknowledges nothing";
}

TEST_F(NodeLoopTest, dropping_the_last_intent_puts_everything_back) {
  processes_.running = {running("a", 10, "sh")};
  start();
  ASSERT_TRUE(loop_.replace({intent("", "a", 3)}));
  wait_for_state(IntentState::verified);
  ASSERT_TRUE(loop_.remove([](const Intent& one) { return one.pod == PodUid("a"); }));
  wait_until([&] { return loop_.snapshot()->enforcer.tasks == 0; }, "the values to be put back");
  EXPECT_TRUE(loop_.snapshot()->intents->intents.empty());
}

TEST_F(NodeLoopTest, audits_go_on_for_a_while_after_the_last_intent_went) {
  processes_.running = {running("a", 10, "sh")};
  start();
  ASSERT_TRUE(loop_.replace({intent("", "a", 3)}));
  ASSERT_TRUE(loop_.replace({}));
  wait_until([&] { return loop_.snapshot()->enforcer.tasks == 0; }, "the values to be put back");
  const std::size_t before = enforcer_.audits;
  clock_.advance(1s);
  wait_until([&] { return enforcer_.audits > before; }, "an audit");
  // Once settled the loop sleeps, and time that passes wakes it no more.
  std::size_t last = 0;
  int tries = 0;
  do {
    last = enforcer_.audits;
    clock_.advance(10s);
    std::this_thread::sleep_for(20ms);
  } while (enforcer_.audits != last && ++tries < 50);
  EXPECT_EQ(enforcer_.audits, last);
}

TEST_F(NodeLoopTest, an_enforcer_that_wants_to_be_watched_is_audited_although_nothing_is_wanted) {
  enforcer_.is_watched = true;
  start();
  for (int i = 0; i < 20; ++i) {
    const std::size_t before = enforcer_.audits;
    clock_.advance(1s);
    wait_until([&] { return enforcer_.audits > before; }, "an audit");
  }
}

TEST_F(NodeLoopTest, trouble_is_shown_and_goes_away) {
  processes_.broken = Error{Errc::unavailable, "no cgroups", ""};
  start();
  ASSERT_TRUE(loop_.accept({1, {intent("i", "a", 3)}}));
  wait_until([&] { return reports_.last().trouble == "no cgroups"; }, "the trouble");
}

TEST_F(NodeLoopTest, nothing_is_said_to_be_in_force_while_that_cannot_be_looked_at) {
  processes_.running = {running("a", 10, "sh")};
  start();
  ASSERT_TRUE(loop_.accept({1, {intent("i", "a", 3)}}));
  wait_for_state(IntentState::verified);
  enforcer_.is_disk_full = true;
  clock_.advance(1s);  // an audit is due
  wait_until([&] { return loop_.snapshot()->trouble == "the disk is full"; }, "the trouble");
  wait_for_state(IntentState::delivered);
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(loop_.snapshot()->trouble, "the disk is full") << "it does not go away by itself";
  enforcer_.is_disk_full = false;
  wait_for_state(IntentState::verified);
  EXPECT_EQ(loop_.snapshot()->trouble, "");
}

TEST_F(HalfBlindNodeLoopTest,
       decisions_name_intents_of_the_same_snapshot_also_when_the_next_cannot_be_made) {
  processes_.running = {running("a", 10, "sh")};
  start();
  ASSERT_TRUE(loop_.replace({intent("i", "x", 1), intent("j", "a", 3)}));
  wait_until([&] { return loop_.snapshot()->decisions->size() == 1; }, "the decision");
  ASSERT_TRUE(loop_.replace({intent("k", "b", 3)}));
  wait_until([&] { return loop_.snapshot()->trouble == "no cgroups"; }, "the trouble");
  EXPECT_EQ(loop_.snapshot()->intents->intents.size(), 1u);
  EXPECT_TRUE(loop_.snapshot()->decisions->empty());
}

TEST_F(HalfBlindNodeLoopTest,
       new_intents_are_told_as_not_in_force_also_while_the_trouble_stays_the_same) {
  processes_.running = {running("a", 10, "sh")};
  start();
  const auto wait_for_report = [&](Generation generation, IntentState state,
                                   const std::string& trouble) {
    wait_until(
        [&] {
          const NodeReport last = reports_.last();
          return last.generation == generation && last.trouble == trouble &&
                 !last.intents.empty() && last.intents.front().state == state;
        },
        "the report");
    EXPECT_EQ(loop_.snapshot()->intents->generation, generation);
  };
  ASSERT_TRUE(loop_.accept({5, {intent("i", "a", 3)}}));
  wait_for_report(5, IntentState::verified, "");
  ASSERT_TRUE(loop_.accept({6, {intent("i", "a", 9), intent("j", "b", 1)}}));
  wait_for_report(6, IntentState::delivered, "no cgroups");
  ASSERT_TRUE(loop_.accept({7, {intent("i", "a", 10), intent("j", "b", 1)}}));
  wait_for_report(7, IntentState::delivered, "no cgroups");
}

TEST_F(NodeLoopTest, what_stays_when_some_intents_go_ends_when_it_would_have) {
  start();
  Intent ending = intent("i", "a", 3);
  const TimePoint managers_now = clock_.now() - 1h;
  ending.expires = managers_now + 10s;
  ASSERT_TRUE(loop_.update(
      [&](const NodeIntents&) { return NodeIntents{5, {intent("j", "b", 3), ending}}; },
      managers_now));
  ASSERT_TRUE(loop_.remove([](const Intent& held) { return held.pod == PodUid("b"); }));
  wait_for_state(IntentState::delivered);
  clock_.advance(11s);
  wait_for_state(IntentState::expired);
}

TEST_F(SlowNodeLoopTest, a_look_that_had_to_wait_for_a_cpu_does_not_delay_the_next) {
  processes_.clock = &clock_;
  start();
  ASSERT_TRUE(loop_.accept({1, {intent("i", "a", 3)}}));
  wait_until([&] { return processes_.looks >= 20; }, "twenty looks in two seconds");
  loop_.stop();
}

TEST_F(SlowNodeLoopTest, a_look_that_costs_much_is_followed_by_a_hundred_times_as_much_rest) {
  processes_.clock = &clock_;
  processes_.cost = 5ms;
  start();
  ASSERT_TRUE(loop_.accept({1, {intent("i", "a", 3)}}));
  wait_until([&] { return processes_.looks >= 2; }, "the second look");
  const int looks = processes_.looks;
  std::this_thread::sleep_for(100ms);
  EXPECT_LE(processes_.looks, looks + 1);
  loop_.stop();
}

TEST_F(NodeLoopTest, commands_after_the_stop_fail_and_do_not_hang) {
  start();
  loop_.stop();
  EXPECT_FALSE(loop_.accept({1, {}}));
  EXPECT_FALSE(loop_.all_processes());
}

// --- the scheduler ---

TEST_F(NodeLoopTest, an_enforcer_without_scheduler_is_told_as_one_and_takes_no_wishes) {
  start();
  const auto status = loop_.scheduler();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->state, SchedulerState::none);
  EXPECT_EQ(status->reason, "the enforcer cfs works without a scheduler of ours: a fake for tests");
  EXPECT_TRUE(loop_.ruled_threads(1)->empty());
  const auto refused = loop_.scheduler(NodeLoop::SchedulerWish::stop);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unsupported);
}

TEST_F(NodeLoopTest, a_scheduler_is_stopped_and_the_enforcer_is_asked_to_do_the_work_again) {
  FakeNodeScheduler scheduler;
  enforcer_.its_scheduler = &scheduler;
  processes_.running = {running("a", 10, "web")};
  start();
  ASSERT_TRUE(loop_.replace({intent("1", "a", 5)}));
  wait_for_state(IntentState::verified);
  enforcer_.degraded = {{0, "without scheduler"}};
  const auto stopped = loop_.scheduler(NodeLoop::SchedulerWish::stop);
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->state, SchedulerState::stopped);
  // Not only after the next audit.
  wait_for_state(IntentState::degraded);
  EXPECT_EQ(loop_.scheduler(NodeLoop::SchedulerWish::reset)->state, SchedulerState::attached);
}

TEST_F(NodeLoopTest, a_stop_that_leaves_nobody_to_do_the_work_is_an_error) {
  FakeNodeScheduler scheduler;
  scheduler.stop_error = "the disk is full";
  enforcer_.its_scheduler = &scheduler;
  start();
  const auto stopped = loop_.scheduler(NodeLoop::SchedulerWish::stop);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().message, "the disk is full");
}

TEST_F(NodeLoopTest, a_loop_that_has_ended_tells_nothing_of_the_scheduler) {
  start();
  loop_.stop();
  EXPECT_EQ(loop_.scheduler().error().code, Errc::unavailable);
  EXPECT_EQ(loop_.ruled_threads(1).error().code, Errc::unavailable);
}

}  // namespace
}  // namespace gthulhu
