// SPDX-License-Identifier: Apache-2.0
#include "adapters/sched_ext/sched_ext_enforcer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/sched_ext/test_enforcer.h"
#include "core/model/reasons.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::of_process;
using testing::rule;
using ::testing::StartsWith;
using testing::whole_pod;
using testing::write_file;

class SchedExtEnforcerTest : public testing::EnforcerGround {
 protected:
  void limit(const std::string& path, const std::string& cpu_max) {
    write_file(cgroups_.path() + path + "/cpu.max", cpu_max);
  }
  void turns(int seconds) {
    for (int i = 0; i < seconds; ++i) turn();
  }
  EnforcerKind kind() { return enforcer_->status().kind; }
  void expect_attached() {
    EXPECT_TRUE(kernel_.is_attached);
    EXPECT_TRUE(enforcer_->is_attached());
    EXPECT_EQ(kind(), EnforcerKind::sched_ext) << reason();
    EXPECT_TRUE(cfs_->in_force.empty());
    EXPECT_TRUE(enforcer_->is_to_be_watched());
  }
  // Nobody waits for somebody to obey.
  void expect_cfs() {
    EXPECT_FALSE(kernel_.is_attached);
    EXPECT_FALSE(enforcer_->is_attached());
    EXPECT_EQ(kind(), EnforcerKind::cfs);
    EXPECT_TRUE(enforcer_->status().approximate);
    EXPECT_EQ(cfs_->in_force, wanted_);
  }
};

TEST_F(SchedExtEnforcerTest, it_is_attached_from_the_start_and_says_so) {
  settings_.chosen_because = "set by the operator";
  start();
  expect_attached();
  EXPECT_FALSE(enforcer_->status().approximate);
  EXPECT_EQ(reason(), "set by the operator; our scheduler is attached");
}

TEST_F(SchedExtEnforcerTest, what_is_wanted_becomes_rules_in_one_step) {
  start();
  ASSERT_TRUE(enforcer_->enforce(wanted_));
  EXPECT_EQ(kernel_.rules, (Rules{{pod_, rule(5)}, {of_process(2), rule(9)}}));
  EXPECT_EQ(kernel_.published, 1U);
  EXPECT_EQ(enforcer_->status().cgroups, 1U);
  EXPECT_EQ(enforcer_->status().tasks, 2U);
}

TEST_F(SchedExtEnforcerTest, the_same_again_costs_nothing) {
  start();
  ASSERT_TRUE(enforcer_->enforce(wanted_));
  const std::size_t sets = kernel_.sets;
  turns(30);
  EXPECT_EQ(kernel_.sets, sets);
  EXPECT_EQ(kernel_.published, 1U);
}

TEST_F(SchedExtEnforcerTest, what_is_wanted_no_more_is_taken_away) {
  start();
  ASSERT_TRUE(enforcer_->enforce(wanted_));
  wanted_ = {whole_pod("a", 0, 6)};
  ASSERT_TRUE(enforcer_->enforce(wanted_));
  EXPECT_EQ(kernel_.rules, (Rules{{pod_, rule(6)}}));
  ASSERT_TRUE(enforcer_->enforce({}));
  EXPECT_TRUE(kernel_.rules.empty());
  EXPECT_EQ(enforcer_->status().cgroups, 0U);
}

TEST_F(SchedExtEnforcerTest, outcomes_are_verified_when_the_kernel_goes_by_them) {
  start();
  turn();
  EXPECT_EQ(*outcomes_.at(0),
            (PodOutcomes{{0, Enforced::applied, ""}, {1, Enforced::applied, ""}}));
  kernel_.in_force = {{1, {rule(5), true}}, {2, {rule(9), true}}};
  turn();
  EXPECT_EQ(*outcomes_.at(0),
            (PodOutcomes{{0, Enforced::verified, ""}, {1, Enforced::verified, ""}}));
}

TEST_F(SchedExtEnforcerTest, a_rule_that_is_not_taken_is_told_and_tried_again) {
  start();
  kernel_.refused = {pod_};
  turn();
  EXPECT_EQ(outcomes_.at(0)->at(0),
            (Outcome{0, Enforced::degraded, std::string(reasons::refused)}));
  kernel_.refused.clear();
  turn();
  EXPECT_EQ(outcomes_.at(0)->at(0), (Outcome{0, Enforced::applied, ""}));
  EXPECT_EQ(kernel_.rules, (Rules{{pod_, rule(5)}, {of_process(2), rule(9)}}));
}

TEST_F(SchedExtEnforcerTest, a_cgroup_that_comes_late_or_anew_gets_its_rule) {
  std::filesystem::remove_all(cgroups_.path() + "/a");
  start();
  turn();
  EXPECT_EQ(kernel_.rules, (Rules{{of_process(1), rule(5)}, {of_process(2), rule(9)}}));
  const CgroupId id = make("/a");
  turns(11);
  EXPECT_EQ(kernel_.rules, (Rules{{id, rule(5)}, {of_process(2), rule(9)}}));
}

TEST_F(SchedExtEnforcerTest, restored_means_no_rules_and_the_scheduler_stays) {
  start();
  turn();
  ASSERT_TRUE(enforcer_->restore_all());
  EXPECT_TRUE(kernel_.rules.empty());
  expect_attached();
  turn();
  EXPECT_EQ(kernel_.rules.size(), 2U);
  enforcer_.reset();
  EXPECT_FALSE(kernel_.is_attached);
}

TEST_F(SchedExtEnforcerTest, a_kernel_without_sched_ext_gets_the_fallback_and_is_not_watched) {
  settings_.kernel.sysfs += "/elsewhere";
  start();
  turn();
  expect_cfs();
  EXPECT_EQ(reason(), "sched_ext: the kernel has no sched_ext; a fake for tests");
  EXPECT_FALSE(enforcer_->is_to_be_watched());
  turns(30);
  EXPECT_EQ(kernel_.loads, 0U);
  EXPECT_EQ(cfs_->audits, 31U);
}

TEST_F(SchedExtEnforcerTest, one_that_cannot_be_loaded_at_the_start_is_not_tried_again) {
  kernel_.load_error = Error{Errc::unsupported, "the kernel does not take it", "EPERM"};
  start();
  turns(30);
  expect_cfs();
  EXPECT_THAT(reason(), StartsWith("sched_ext: the kernel does not take it (EPERM)"));
  EXPECT_EQ(kernel_.loads, 1U);
}

TEST_F(SchedExtEnforcerTest, somebody_elses_scheduler_is_waited_for) {
  kernel_.show("enabled", "simple");
  start();
  turn();
  expect_cfs();
  EXPECT_THAT(reason(), HasSubstr("the scheduler simple is attached"));
  kernel_.show("disabled");
  turns(11);
  expect_attached();
  EXPECT_EQ(kernel_.rules_at_attach, 2U) << "rules come first";
}

// --- thrown out ---

TEST_F(SchedExtEnforcerTest, thrown_out_the_fallback_takes_over_at_once_and_it_comes_back) {
  start();
  turn();
  kernel_.throw_out(1026, "runnable task stall", "hog[7] failed to run for 30s");
  clock_.advance(1s);
  ASSERT_TRUE(enforcer_->audit());
  expect_cfs();
  EXPECT_THAT(reason(),
              StartsWith("sched_ext: our scheduler was thrown out: runnable task stall (hog[7] "
                         "failed to run for 30s); it is loaded again after 1 s"));
  turn(999ms);
  expect_cfs();
  turn(1ms);
  expect_attached();
  EXPECT_EQ(kernel_.loads, 2U) << "one that was thrown out cannot be attached again";
  EXPECT_EQ(kernel_.rules_at_attach, 2U);
  EXPECT_EQ(reason(), "our scheduler is attached");
}

TEST_F(SchedExtEnforcerTest, thrown_out_three_times_it_is_in_quarantine_for_half_an_hour) {
  start();
  for (const int delay : {1, 10}) {
    kernel_.throw_out(1024, "runtime error");
    turn();
    expect_cfs();
    turns(delay - 1);
    expect_cfs();
    turn();
    expect_attached();
  }
  kernel_.throw_out(1025, "scx_bpf_error");
  turn();
  EXPECT_THAT(reason(), HasSubstr("quarantined"));
  turn(29min);
  expect_cfs();
  turn(1min);
  expect_attached();
  turn(24h);
  kernel_.throw_out(1024, "runtime error");
  turn();
  expect_cfs();
  EXPECT_THAT(reason(), HasSubstr("after quarantine too"));
  EXPECT_FALSE(enforcer_->is_to_be_watched());
  turn(24h);
  expect_cfs();
  enforcer_->reset_scheduler();
  turn();
  expect_attached();
}

TEST_F(SchedExtEnforcerTest, one_that_cannot_be_loaded_again_counts_as_thrown_out) {
  start();
  kernel_.throw_out(1024, "runtime error");
  turn();
  kernel_.attach_error = Error{Errc::unsupported, "busy", ""};
  turn();
  expect_cfs();
  EXPECT_THAT(reason(),
              HasSubstr("could not be loaded again: busy; it is loaded again after 10 s"));
  kernel_.attach_error.reset();
  turns(10);
  expect_attached();
}

TEST_F(SchedExtEnforcerTest, ended_by_somebody_it_stays_off) {
  for (const int kind : {64, 65, 66, 67}) {
    kernel_.end.reset();
    start();
    turn();
    kernel_.throw_out(kind, "disabled by sysrq-S");
    turn();
    expect_cfs();
    EXPECT_THAT(reason(), HasSubstr("ended by somebody else: disabled by sysrq-S"));
    EXPECT_THAT(reason(), HasSubstr("respected"));
    turn(24h);
    expect_cfs();
    enforcer_->reset_scheduler();
    turn();
    expect_attached();
  }
}

TEST_F(SchedExtEnforcerTest, after_a_change_of_cpus_it_is_back_within_the_same_turn) {
  start();
  for (int i = 0; i < 5; ++i) {
    kernel_.throw_out(66, "cpu 1 going online", "", std::int64_t{1} << 48);
    turn();
    expect_attached();
    EXPECT_EQ(kernel_.rules.size(), 2U);
  }
}

TEST_F(SchedExtEnforcerTest, it_waits_until_the_last_one_is_out_and_that_is_no_failure) {
  start();
  kernel_.throw_out(66, "cpu 1 going online", "", std::int64_t{1} << 48);
  kernel_.show("disabling", "gthulhu");
  turns(5);
  expect_cfs();
  EXPECT_EQ(kernel_.loads, 1U);
  kernel_.show("disabled");
  turn();
  expect_attached();
}

TEST_F(SchedExtEnforcerTest, one_that_the_kernel_shows_no_more_is_gone_whatever_it_says) {
  start();
  turn();
  kernel_.show("disabling", "gthulhu");
  turns(3);
  EXPECT_TRUE(enforcer_->is_attached()) << "it is about to say why";
  turn();
  EXPECT_THAT(reason(), HasSubstr("thrown out: the kernel does not say why"));
}

TEST_F(SchedExtEnforcerTest, what_the_fallback_cannot_put_back_is_told_and_tried_again) {
  start();
  kernel_.throw_out(1024, "runtime error");
  turn();
  cfs_->broken = Error{Errc::unavailable, "the disk is full", ""};
  clock_.advance(1s);
  ASSERT_TRUE(enforcer_->audit());
  EXPECT_TRUE(kernel_.is_attached);
  EXPECT_THAT(reason(), HasSubstr("what was written before is in force too: the disk is full"));
  cfs_->broken.reset();
  turn();
  expect_attached();
  EXPECT_EQ(reason(), "our scheduler is attached");
}

// --- limits ---

TEST_F(SchedExtEnforcerTest, a_limit_keeps_it_off_until_it_goes_where_an_operator_wants_that) {
  settings_.refuse_limited_nodes = true;
  limit("/kubepods/podx", "50000 100000\n");
  start();
  turn();
  expect_cfs();
  EXPECT_THAT(reason(),
              StartsWith("sched_ext: not loaded: the cgroup /kubepods/podx has a CPU limit "
                         "(cpu.max), and scheduler.refuse_limited_nodes leaves such a node to the "
                         "kernel's own scheduler"));
  EXPECT_EQ(kernel_.loads, 0U);
  limit("/kubepods/podx", "max 100000\n");
  turns(11);
  expect_attached();
}

TEST_F(SchedExtEnforcerTest, a_limit_that_comes_later_sends_it_away_within_ten_seconds) {
  settings_.refuse_limited_nodes = true;
  start();
  turn();
  limit("/kubepods/podx", "50000 100000\n");
  turns(10);
  expect_cfs();
  EXPECT_THAT(reason(), HasSubstr("has a CPU limit"));
  turns(30);
  EXPECT_EQ(kernel_.loads, 1U);
  limit("/kubepods/podx", "max 100000\n");
  turns(10);
  expect_attached();
}

TEST_F(SchedExtEnforcerTest, limits_are_no_reason_to_stay_away) {
  limit("/kubepods/podx", "50000 100000\n");
  start();
  turns(11);
  expect_attached();
}

}  // namespace
}  // namespace gthulhu
