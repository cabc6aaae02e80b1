// SPDX-License-Identifier: Apache-2.0
//
// The cfs enforcer on real tasks of this machine's kernel.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "adapters/cfs/cfs_enforcer.h"
#include "adapters/cfs/test_machine.h"
#include "core/model/reasons.h"

namespace gthulhu {
namespace {

using testing::default_slice;
using testing::read_attr;
using testing::Rig;
using testing::TestCgroup;
using testing::TestProcess;
using testing::write_attr;

class CfsTasks : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::cpu_hierarchy()) GTEST_SKIP() << "needs root and a writable cpu hierarchy";
    settings_.journal_path = directory_.path() + "/originals";
    settings_.hierarchy = *testing::cpu_hierarchy();
    cgroup_ = std::make_unique<TestCgroup>(settings_.hierarchy, "tasks");
    cgroup_->add(process_.pid());
    rig_ = std::make_unique<Rig>(settings_);
  }

  // The decisions for the whole pod, and one for its cgroup.
  [[nodiscard]] Decisions pod(std::vector<Decision> processes) const {
    PodDecisions decisions;
    if (!processes.empty()) {
      decisions.whole =
          PodDecision{processes[0].intent, PodCgroup{{}, cgroup_->path()}, processes[0].priority};
    }
    decisions.processes = std::move(processes);
    return {decisions};
  }
  // The outcome of the first process.
  Outcome enforce(std::vector<Decision> processes) {
    const auto outcomes = rig_->enforcer->enforce(pod(std::move(processes)));
    EXPECT_TRUE(outcomes);
    if (!outcomes || outcomes->at(0)->empty()) return {99, Enforced::applied, "no outcome"};
    return outcomes->at(0)->front();
  }
  void audit() { ASSERT_TRUE(rig_->enforcer->audit()); }
  static void expect(pid_t tid, std::uint32_t policy, int nice, std::uint64_t slice) {
    const SchedAttr attr = read_attr(tid);
    EXPECT_EQ(attr.policy, policy);
    EXPECT_EQ(attr.nice, nice);
    EXPECT_EQ(attr.runtime, slice == 0 ? default_slice() : slice);
  }

  const TempDirectory directory_;
  CfsEnforcer::Settings settings_;
  std::unique_ptr<TestCgroup> cgroup_;
  const TestProcess process_;
  std::unique_ptr<Rig> rig_;
};

const Outcome verified{0, Enforced::verified, ""};

Outcome degraded(std::string_view reason) {
  return {0, Enforced::degraded, std::string(reason)};
}

TEST_F(CfsTasks, nice_moves_by_minus_priority_and_goes_back) {
  write_attr(process_.pid(), SCHED_OTHER, 3, 0);
  EXPECT_EQ(enforce({process_.decision(10)}), verified);
  expect(process_.pid(), SCHED_OTHER, -7, 100'000);
  EXPECT_EQ(enforce({process_.decision(-5)}), verified);
  expect(process_.pid(), SCHED_OTHER, 8, 0);
  ASSERT_TRUE(rig_->enforcer->enforce({}));
  expect(process_.pid(), SCHED_OTHER, 3, 0);
  EXPECT_EQ(rig_->enforcer->status().tasks, 0U);
}

TEST_F(CfsTasks, the_slice_is_what_is_asked_for_and_the_own_one_comes_back) {
  write_attr(process_.pid(), SCHED_BATCH, 0, 7'000'000);
  EXPECT_EQ(enforce({process_.decision(0, 2'000'000)}), verified);
  expect(process_.pid(), SCHED_BATCH, 0, 2'000'000);
  EXPECT_EQ(enforce({process_.decision(1)}), verified);
  expect(process_.pid(), SCHED_BATCH, -1, 100'000);
  ASSERT_TRUE(rig_->enforcer->restore_all());
  expect(process_.pid(), SCHED_BATCH, 0, 7'000'000);
}

TEST_F(CfsTasks, a_slice_that_equals_the_default_is_in_force) {
  EXPECT_EQ(enforce({process_.decision(0, static_cast<std::int64_t>(default_slice()))}), verified);
  audit();
  EXPECT_EQ(rig_->enforcer->differences(), 0U);
}

TEST_F(CfsTasks, idle_and_back) {
  write_attr(process_.pid(), SCHED_BATCH, 4, 300'000);
  EXPECT_EQ(enforce({process_.decision(10)}), verified);
  EXPECT_EQ(enforce({process_.decision(-20)}), verified);
  EXPECT_EQ(read_attr(process_.pid()).policy, static_cast<std::uint32_t>(SCHED_IDLE));
  EXPECT_EQ(enforce({process_.decision(10)}), verified);
  expect(process_.pid(), SCHED_BATCH, -6, 100'000);
  enforce({process_.decision(-20)});
  ASSERT_TRUE(rig_->enforcer->enforce({}));
  expect(process_.pid(), SCHED_BATCH, 4, 300'000);
}

TEST_F(CfsTasks, real_time_tasks_are_never_touched) {
  for (const std::uint32_t policy : {1U, 2U}) {  // SCHED_FIFO, SCHED_RR
    const TestProcess process;
    write_attr(process.pid(), policy, 0, 0);
    for (const int priority : {20, -20, 0}) {
      EXPECT_EQ(enforce({process.decision(priority, 500'000)}),
                degraded(reasons::real_time_policy));
    }
    ASSERT_TRUE(rig_->enforcer->restore_all());
    EXPECT_EQ(read_attr(process.pid()).policy, policy);
    EXPECT_EQ(read_attr(process.pid()).priority, 1U);
  }
}

TEST_F(CfsTasks, deadline_tasks_are_never_touched) {
  SchedAttr attr;
  attr.policy = policy_deadline;
  attr.runtime = 1'000'000;
  attr.deadline = attr.period = 100'000'000;
  const TestProcess process;
  if (KernelSchedulingCalls().set(process.pid(), attr) != 0) {
    GTEST_SKIP() << "this machine admits no deadline task";
  }
  EXPECT_EQ(enforce({process.decision(10)}), degraded(reasons::real_time_policy));
  ASSERT_TRUE(rig_->enforcer->restore_all());
  EXPECT_EQ(read_attr(process.pid()).runtime, 1'000'000U);
}

TEST_F(CfsTasks, a_task_that_stops_being_real_time_is_moved_from_then_on) {
  const TestProcess process;  // with CONFIG_RT_GROUP_SCHED only the root cgroup may be real-time
  write_attr(process.pid(), SCHED_FIFO, 0, 0);
  EXPECT_EQ(enforce({process.decision(10)}), degraded(reasons::real_time_policy));
  write_attr(process.pid(), SCHED_OTHER, 2, 0);
  audit();
  EXPECT_EQ(enforce({process.decision(10)}), verified);
  expect(process.pid(), SCHED_OTHER, -8, 100'000);
}

TEST_F(CfsTasks, a_program_that_made_itself_idle_stays_idle) {
  write_attr(process_.pid(), SCHED_IDLE, 0, 0);
  EXPECT_EQ(enforce({process_.decision(10)}), degraded(reasons::idle_policy));
  EXPECT_EQ(enforce({process_.decision(-20)}), verified);
  ASSERT_TRUE(rig_->enforcer->restore_all());
  EXPECT_EQ(read_attr(process_.pid()).policy, static_cast<std::uint32_t>(SCHED_IDLE));
}

TEST_F(CfsTasks, every_thread_moves_from_its_own_nice) {
  const pid_t thread = process_.start_thread();
  write_attr(thread, SCHED_OTHER, 5, 0);
  EXPECT_EQ(enforce({process_.decision(4, 0, {thread})}), verified);
  expect(process_.pid(), SCHED_OTHER, -4, 100'000);
  expect(thread, SCHED_OTHER, 1, 100'000);
  const pid_t later = process_.start_thread();  // inherits from the first thread
  EXPECT_EQ(enforce({process_.decision(4, 0, {thread, later})}), verified);
  expect(later, SCHED_OTHER, -4, 100'000);
  EXPECT_EQ(rig_->enforcer->status().tasks, 3U);
  ASSERT_TRUE(rig_->enforcer->enforce({}));
  expect(thread, SCHED_OTHER, 5, 0);
  expect(later, SCHED_OTHER, 0, 0);
}

TEST_F(CfsTasks, children_inherit_and_come_back_to_their_parents_own_values) {
  enforce({process_.decision(10)});
  const pid_t child = process_.fork_child();
  expect(child, SCHED_OTHER, -10, 100'000);
  enforce({process_.decision(10), testing::decision_for(child, 10, 0, 0)});
  expect(child, SCHED_OTHER, -10, 100'000);
  enforce({process_.decision(5), testing::decision_for(child, 5, 0, 0)});
  expect(child, SCHED_OTHER, -5, 100'000);
  ASSERT_TRUE(rig_->enforcer->enforce({}));
  expect(child, SCHED_OTHER, 0, 0);
}

TEST_F(CfsTasks, a_child_forked_under_the_value_before_the_last_is_known_too) {
  enforce({process_.decision(10)});
  const pid_t child = process_.fork_child();
  enforce({process_.decision(5)});  // the list of processes was older than the child
  enforce({process_.decision(5), testing::decision_for(child, 5, 0, 0)});
  expect(child, SCHED_OTHER, -5, 100'000);
  ASSERT_TRUE(rig_->enforcer->enforce({}));
  expect(child, SCHED_OTHER, 0, 0);
}

TEST_F(CfsTasks, a_child_that_nobody_listed_before_the_strategy_went_is_found) {
  enforce({process_.decision(10)});
  const pid_t child = process_.fork_child();
  ASSERT_TRUE(rig_->enforcer->enforce({}));
  expect(child, SCHED_OTHER, 0, 0);
}

TEST_F(CfsTasks, a_child_that_no_decision_names_loses_what_it_inherited) {
  enforce({process_.decision(10)});
  const pid_t child = process_.fork_child();  // say, of another command than the pattern's
  for (int second = 0; second < 2; ++second) {
    audit();
    EXPECT_EQ(enforce({process_.decision(10)}), verified);
  }
  expect(child, SCHED_OTHER, 0, 0);
  expect(process_.pid(), SCHED_OTHER, -10, 100'000);
}

TEST_F(CfsTasks, a_child_whose_parent_ended_and_was_audited_before_it_was_seen_is_known_too) {
  TestProcess parent;  // as the stages of a container's start follow each other
  cgroup_->add(parent.pid());
  enforce({parent.decision(5)});
  const pid_t child = parent.fork_child();
  parent.end();
  audit();
  enforce({testing::decision_for(child, 5, 0, 0)});
  expect(child, SCHED_OTHER, -5, 100'000);
  ASSERT_TRUE(rig_->enforcer->enforce({}));
  expect(child, SCHED_OTHER, 0, 0);
}

TEST_F(CfsTasks, a_child_that_moved_to_another_cgroup_is_found_at_the_end) {
  const TestCgroup other(settings_.hierarchy, "elsewhere");
  enforce({process_.decision(10)});
  const pid_t child = process_.fork_child();
  other.add(child);
  ASSERT_TRUE(rig_->enforcer->restore_all());
  expect(child, SCHED_OTHER, 0, 0);
}

TEST_F(CfsTasks, a_program_that_changes_its_nice_later_wins) {
  enforce({process_.decision(10)});
  write_attr(process_.pid(), SCHED_OTHER, 7, 0);
  audit();
  EXPECT_EQ(rig_->enforcer->differences(), 1U);
  EXPECT_EQ(enforce({process_.decision(10)}), degraded(reasons::changed_by_program));
  audit();
  EXPECT_EQ(enforce({process_.decision(10)}), degraded(reasons::changed_by_program));
  expect(process_.pid(), SCHED_OTHER, 7, 0);
  ASSERT_TRUE(rig_->enforcer->enforce({}));
  expect(process_.pid(), SCHED_OTHER, 7, 0);
}

TEST_F(CfsTasks, many_tasks_are_audited_in_turn_and_so_are_those_who_inherited_from_them) {
  settings_.audit_tasks_most = 1;
  rig_ = std::make_unique<Rig>(settings_);
  const TestProcess second;
  const TestProcess third;
  cgroup_->add(second.pid());
  const TestCgroup other(settings_.hierarchy, "others");
  other.add(third.pid());
  const std::vector<const TestProcess*> processes{&process_, &second, &third};
  const auto enforce_all = [&] {
    std::vector<Decision> decisions;
    for (const TestProcess* process : processes) decisions.push_back(process->decision(10));
    ASSERT_TRUE(rig_->enforcer->enforce(pod(std::move(decisions))));
  };
  enforce_all();
  const pid_t child = third.fork_child();
  write_attr(process_.pid(), SCHED_OTHER, 7, 0);
  write_attr(second.pid(), SCHED_OTHER, 7, 0);
  for (const std::size_t differences : {1U, 2U, 2U}) {
    audit();
    EXPECT_EQ(rig_->enforcer->differences(), differences);
    enforce_all();
  }
  expect(child, SCHED_OTHER, -10, 100'000);
  for (std::size_t i = 0; i < processes.size(); ++i) audit();
  enforce_all();
  expect(child, SCHED_OTHER, 0, 0);
}

TEST_F(CfsTasks, all_tasks_are_audited_also_while_new_ones_come_all_the_time) {
  enforce({process_.decision(10)});
  audit();
  std::vector<std::unique_ptr<TestProcess>> newcomers;
  std::vector<Decision> decisions{process_.decision(10)};
  write_attr(process_.pid(), SCHED_OTHER, 7, 0);
  for (int i = 0; i < 2; ++i) {
    newcomers.push_back(std::make_unique<TestProcess>());
    cgroup_->add(newcomers.back()->pid());
    decisions.push_back(newcomers.back()->decision(10));
    ASSERT_TRUE(rig_->enforcer->enforce(pod(decisions)));
    audit();
  }
  EXPECT_EQ(rig_->enforcer->differences(), 1U);
}

TEST_F(CfsTasks, a_change_that_no_audit_saw_is_not_restored_over) {
  enforce({process_.decision(10)});
  ASSERT_EQ(::setpriority(PRIO_PROCESS, static_cast<id_t>(process_.pid()), -3), 0);
  ASSERT_TRUE(rig_->enforcer->enforce({}));
  EXPECT_EQ(read_attr(process_.pid()).nice, -3);
}

TEST_F(CfsTasks, a_new_wish_starts_from_what_the_program_chose) {
  enforce({process_.decision(10)});
  write_attr(process_.pid(), SCHED_OTHER, 7, 0);
  audit();
  EXPECT_EQ(enforce({process_.decision(3)}), verified);
  expect(process_.pid(), SCHED_OTHER, 4, 100'000);
  ASSERT_TRUE(rig_->enforcer->enforce({}));
  expect(process_.pid(), SCHED_OTHER, 7, 0);
}

TEST_F(CfsTasks, another_task_under_the_same_number_is_not_written_to) {
  Decision reused = process_.decision(10);
  const TaskId former{reused.process->id.tid, reused.process->id.start_ticks - 1};
  reused.process = Process{.id = former, .threads = {{former, ""}}};
  const auto outcomes = rig_->enforcer->enforce({PodDecisions{{reused}}});
  ASSERT_TRUE(outcomes);
  EXPECT_TRUE(outcomes->at(0)->empty()) << "a task that is gone is no outcome";
  expect(process_.pid(), SCHED_OTHER, 0, 0);
}

TEST_F(CfsTasks, what_does_not_fit_is_clamped_and_says_so) {
  write_attr(process_.pid(), SCHED_OTHER, -15, 0);
  EXPECT_EQ(enforce({process_.decision(10)}), degraded(reasons::clamped));
  expect(process_.pid(), SCHED_OTHER, -20, 100'000);
  ASSERT_TRUE(rig_->enforcer->enforce({}));
  expect(process_.pid(), SCHED_OTHER, -15, 0);
}

TEST_F(CfsTasks, an_unchanged_set_costs_no_system_call) {
  const Decisions wanted = pod({process_.decision(10)});
  ASSERT_TRUE(rig_->enforcer->enforce(wanted));
  const int before = rig_->calls->calls;
  ASSERT_TRUE(rig_->enforcer->enforce(wanted));
  EXPECT_EQ(rig_->calls->calls, before);
  audit();
  // The sanitizers have threads of their own in the process.
  const auto tasks = ProcTasks("/proc", settings_.hierarchy).tasks_in(cgroup_->path());
  EXPECT_EQ(rig_->calls->calls, before + static_cast<int>(tasks.size())) << "one look at each task";
}

TEST_F(CfsTasks, a_new_task_costs_nothing_for_those_that_are_known) {
  enforce({process_.decision(10)});
  const int before = rig_->calls->calls;
  const TestProcess second;
  cgroup_->add(second.pid());
  enforce({process_.decision(10), second.decision(10)});
  EXPECT_EQ(rig_->calls->calls, before + 4) << "look, look again, write, read back";
}

TEST_F(CfsTasks, a_pattern_reaches_inside_its_pod_only_where_the_pod_has_a_cpu_cgroup) {
  const auto outcomes = rig_->enforcer->enforce({PodDecisions{{process_.decision(10)}}});
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0)->at(0), degraded(reasons::inside_pod_only));
  expect(process_.pid(), SCHED_OTHER, -10, 100'000);
}

TEST_F(CfsTasks, a_slice_alone_reaches_others_also_by_pattern) {
  const auto outcomes = rig_->enforcer->enforce({PodDecisions{{process_.decision(0, 500'000)}}});
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0)->at(0), verified);
}

TEST_F(CfsTasks, in_the_root_cgroup_nice_reaches_as_far_as_autogroup_lets_it) {
  const TestProcess process;
  const auto outcomes = rig_->enforcer->enforce({PodDecisions{{process.decision(10)}}});
  ASSERT_TRUE(outcomes);
  const bool autogroup = ProcTasks("/proc", settings_.hierarchy).autogroup();
  EXPECT_EQ(outcomes->at(0)->at(0), autogroup ? degraded(reasons::inside_session_only) : verified);
}

TEST_F(CfsTasks, a_kernel_without_slices_says_so_where_one_is_asked_for) {
  rig_ = std::make_unique<Rig>(settings_, false);
  EXPECT_EQ(enforce({process_.decision(10)}), verified);
  EXPECT_EQ(enforce({process_.decision(10, 500'000)}), degraded(reasons::no_custom_slices));
  expect(process_.pid(), SCHED_OTHER, -10, 0);
  EXPECT_NE(rig_->enforcer->status().reason.find("no custom slices"), std::string::npos);
}

TEST_F(CfsTasks, the_status_counts_what_is_changed) {
  enforce({process_.decision(10)});
  const EnforcerStatus status = rig_->enforcer->status();
  EXPECT_EQ(status.kind, EnforcerKind::cfs);
  EXPECT_TRUE(status.approximate);
  EXPECT_EQ(status.tasks, 1U);
  EXPECT_EQ(status.cgroups, 1U);
}

}  // namespace
}  // namespace gthulhu
