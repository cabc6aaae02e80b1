// SPDX-License-Identifier: Apache-2.0
//
// What the enforcer tells those who look after the scheduler.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/sched_ext/test_enforcer.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::of_process;
using testing::rule;
using testing::write_file;

class SchedulerAnswers : public testing::EnforcerGround {
 protected:
  void start() {
    EnforcerGround::start();
    turn();
  }
  SchedulerStatus status() { return enforcer_->scheduler()->scheduler_status(); }
  void expect(SchedulerState state, EnforcerKind enforcer) {
    const SchedulerStatus now = status();
    EXPECT_EQ(name(now.state), name(state)) << now.reason;
    EXPECT_EQ(now.enforcer, enforcer);
    EXPECT_EQ(now.reason, enforcer_->status().reason);
  }
  std::uint64_t exits(SchedulerExitKind kind) {
    return status().exit_counts.at(static_cast<std::size_t>(kind));
  }
};

TEST_F(SchedulerAnswers, attached_it_tells_rules_counts_and_since_when) {
  kernel_.waiting = {.queued = 3, .chosen = 2, .running = 1, .online_cpus = 4};
  kernel_.counts.preemptions = 7;
  write_file(kernel_.files.sysfs + "/kernel/sched_ext/root/events",
             "SCX_EV_SELECT_CPU_FALLBACK 2\nSCX_EV_DISPATCH_LOCAL_DSQ_OFFLINE 3\n"
             "SCX_EV_DISPATCH_KEEP_LAST 90\n");
  const TimePoint began = clock_.now();
  start();
  expect(SchedulerState::attached, EnforcerKind::sched_ext);
  const SchedulerStatus now = status();
  EXPECT_EQ(now.since, began);
  EXPECT_FALSE(now.kernel.empty());
  EXPECT_EQ(now.load, kernel_.waiting);
  EXPECT_EQ(now.counts.preemptions, 7U);
  EXPECT_EQ(now.bounced, 5U);
  EXPECT_EQ(now.rules, (SchedulerRuleCounts{.cgroups = 1, .processes = 1}));
  EXPECT_TRUE(now.exits.empty());
  EXPECT_EQ(now.next_trial, std::nullopt);
  EXPECT_GT(now.rules_written_ns, 0U);
}

TEST_F(SchedulerAnswers, rules_that_are_not_taken_are_counted_apart) {
  kernel_.refused = {of_process(2)};
  start();
  EXPECT_EQ(status().rules, (SchedulerRuleCounts{.cgroups = 1, .refused = 1}));
}

TEST_F(SchedulerAnswers, an_error_is_told_with_its_words_and_when_it_comes_back) {
  start();
  kernel_.dump = "CPU states";
  kernel_.throw_out(1026, "runnable task stall", "hog[7] failed to run for 30s");
  turn();
  expect(SchedulerState::delayed, EnforcerKind::cfs);
  const SchedulerStatus now = status();
  ASSERT_EQ(now.exits.size(), 1U);
  EXPECT_EQ(now.exits[0], (SchedulerExit{.at = clock_.now(),
                                         .kind = SchedulerExitKind::stall,
                                         .reason = "runnable task stall",
                                         .message = "hog[7] failed to run for 30s"}));
  EXPECT_EQ(now.dump, "CPU states");
  EXPECT_EQ(now.since, clock_.now());
  EXPECT_EQ(now.next_trial, clock_.now() + 1s);
  EXPECT_EQ(now.rules, SchedulerRuleCounts()) << "they went with it";
  turn();
  expect(SchedulerState::attached, EnforcerKind::sched_ext);
  EXPECT_EQ(status().dump, "CPU states") << "kept after the program was let go";
  EXPECT_EQ(exits(SchedulerExitKind::stall), 1U);
}

TEST_F(SchedulerAnswers, counts_go_on_with_the_next_one) {
  kernel_.counts.ordinary = 10;
  start();
  kernel_.throw_out(1024, "runtime error");
  turn();
  EXPECT_EQ(status().counts.ordinary, 10U);
  kernel_.counts.ordinary = 3;
  turn();
  EXPECT_EQ(status().counts.ordinary, 13U);
}

TEST_F(SchedulerAnswers, the_third_error_is_quarantine_and_a_reset_ends_it_at_once) {
  start();
  for (const auto delay : {1s, 10s, 0s}) {
    kernel_.throw_out(1025, "scx_bpf_error");
    turn();
    turn(delay);
  }
  expect(SchedulerState::quarantined, EnforcerKind::cfs);
  EXPECT_EQ(exits(SchedulerExitKind::bpf_error), 3U);
  enforcer_->reset_scheduler();
  expect(SchedulerState::attached, EnforcerKind::sched_ext);
  EXPECT_EQ(kernel_.rules_at_attach, 2U);
  EXPECT_TRUE(cfs_->in_force.empty());
}

TEST_F(SchedulerAnswers, ended_by_somebody_it_is_off_until_a_reset) {
  start();
  kernel_.throw_out(67, "disabled by sysrq-S");
  turn();
  turn(24h);
  expect(SchedulerState::off, EnforcerKind::cfs);
  EXPECT_THAT(status().reason, HasSubstr("gthulhu scheduler reset"));
  EXPECT_EQ(status().next_trial, std::nullopt);
  enforcer_->reset_scheduler();
  expect(SchedulerState::attached, EnforcerKind::sched_ext);
}

TEST_F(SchedulerAnswers, one_that_cannot_come_back_is_told_with_why) {
  start();
  kernel_.throw_out(1024, "runtime error");
  turn();
  kernel_.load_error = Error{Errc::unsupported, "no memory", ""};
  turn();
  expect(SchedulerState::delayed, EnforcerKind::cfs);
  EXPECT_EQ(status().exits.back().kind, SchedulerExitKind::not_loaded);
  EXPECT_EQ(status().exits.back().reason, "no memory");
}

TEST_F(SchedulerAnswers, stopped_it_stays_away_until_a_reset_and_the_fallback_works_at_once) {
  start();
  ASSERT_TRUE(enforcer_->stop_scheduler());
  EXPECT_FALSE(kernel_.is_attached);
  EXPECT_EQ(cfs_->in_force, wanted_);
  expect(SchedulerState::stopped, EnforcerKind::cfs);
  EXPECT_THAT(status().reason, HasSubstr("stopped by an operator"));
  EXPECT_FALSE(enforcer_->is_to_be_watched());
  turn(24h);
  expect(SchedulerState::stopped, EnforcerKind::cfs);
  EXPECT_EQ(kernel_.loads, 1U);
  EXPECT_TRUE(status().exits.empty()) << "nobody threw it out";
  enforcer_->reset_scheduler();
  expect(SchedulerState::attached, EnforcerKind::sched_ext);
}

TEST_F(SchedulerAnswers, stopping_tells_what_the_fallback_cannot_do) {
  start();
  cfs_->broken = Error{Errc::unavailable, "the disk is full", ""};
  const Result<> stopped = enforcer_->stop_scheduler();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().message, "the disk is full");
  EXPECT_FALSE(kernel_.is_attached);
}

TEST_F(SchedulerAnswers, a_kernel_that_does_not_take_it_is_looked_at_anew_by_a_reset) {
  kernel_.load_error = Error{Errc::unsupported, "no BPF", ""};
  start();
  expect(SchedulerState::unusable, EnforcerKind::cfs);
  ASSERT_TRUE(enforcer_->stop_scheduler());
  expect(SchedulerState::unusable, EnforcerKind::cfs);
  enforcer_->reset_scheduler();
  expect(SchedulerState::unusable, EnforcerKind::cfs);
  kernel_.load_error.reset();
  enforcer_->reset_scheduler();
  expect(SchedulerState::attached, EnforcerKind::sched_ext);
}

TEST_F(SchedulerAnswers, a_reset_does_not_push_somebody_else_out) {
  kernel_.show("enabled", "simple");
  start();
  expect(SchedulerState::waiting, EnforcerKind::cfs);
  enforcer_->reset_scheduler();
  expect(SchedulerState::waiting, EnforcerKind::cfs);
  EXPECT_THAT(status().reason, HasSubstr("the scheduler simple is attached"));
}

TEST_F(SchedulerAnswers, threads_with_rules_are_told_with_what_the_kernel_goes_by) {
  write_file(settings_.proc + "/1/comm", "worker\n");
  start();
  kernel_.in_force = {{1, {rule(5), true, 0.5}}};
  const std::vector<RuledThread> threads = enforcer_->ruled_threads(10);
  ASSERT_EQ(threads.size(), 2U);
  EXPECT_EQ(threads[0],
            (RuledThread{.thread = 1,
                         .name = "worker",
                         .priority = Priority::clamp(5),
                         .slice = Slice(),
                         .in_force = RuledThread::InForce{.priority = Priority::clamp(5),
                                                          .slice = Slice(),
                                                          .is_current = true,
                                                          .share = 0.5}}));
  EXPECT_EQ(threads[1].thread, 2);
  EXPECT_EQ(threads[1].priority, Priority::clamp(9));
  EXPECT_EQ(threads[1].in_force, std::nullopt);
  EXPECT_EQ(enforcer_->ruled_threads(1).size(), 1U);
}

TEST_F(SchedulerAnswers, no_more_than_the_last_sixteen_ends_are_kept_and_all_are_counted) {
  start();
  for (int i = 0; i < 20; ++i) {
    kernel_.throw_out(66, "cpu " + std::to_string(i), "", std::int64_t{1} << 48);
    turn();
  }
  EXPECT_EQ(status().exits.size(), 16U);
  EXPECT_EQ(status().exits.back().reason, "cpu 19");
  EXPECT_EQ(exits(SchedulerExitKind::kernel), 20U);
}

}  // namespace
}  // namespace gthulhu
