// SPDX-License-Identifier: Apache-2.0
//
// Crashes, at which the enforcer's object goes without putting anything back, and failing parts.
#include <gtest/gtest.h>

#include <fstream>

#include "adapters/cfs/cfs_enforcer.h"
#include "adapters/cfs/test_machine.h"
#include "core/model/reasons.h"

namespace gthulhu {
namespace {

using testing::default_slice;
using testing::Fault;
using testing::read_attr;
using testing::Rig;
using testing::TestCgroup;
using testing::TestProcess;
using testing::write_attr;

class CfsRecovery : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::cpu_hierarchy()) GTEST_SKIP() << "needs root and a writable cpu hierarchy";
    settings_.journal_path = directory_.path() + "/originals";
    settings_.hierarchy = *testing::cpu_hierarchy();
    cgroup_ = std::make_unique<TestCgroup>(settings_.hierarchy, "crash");
    process_ = std::make_unique<TestProcess>();
    cgroup_->add(process_->pid());
    own_weight_ = cgroup_->weight();
    rig_ = std::make_unique<Rig>(settings_);
  }

  [[nodiscard]] Decisions wanted(int priority) const {
    return {
        PodDecisions{{process_->decision(priority)},
                     PodDecision{0, PodCgroup{{}, cgroup_->path()}, Priority::clamp(priority)}}};
  }
  void enforce(const Decisions& decisions) {
    const auto done = rig_->enforcer->enforce(decisions);
    ASSERT_TRUE(done) << done.error().text();
  }
  // Another run on what the former left.
  void restart() {
    rig_ = std::make_unique<Rig>(settings_);
    ASSERT_TRUE(rig_->enforcer->recover());
  }
  void expect_untouched(pid_t tid) {
    EXPECT_EQ(read_attr(tid).policy, static_cast<std::uint32_t>(SCHED_OTHER));
    EXPECT_EQ(read_attr(tid).nice, 0);
    EXPECT_EQ(read_attr(tid).runtime, default_slice());
  }

  const TempDirectory directory_;
  CfsEnforcer::Settings settings_;
  std::unique_ptr<TestCgroup> cgroup_;
  std::unique_ptr<TestProcess> process_;
  std::uint64_t own_weight_ = 0;
  std::unique_ptr<Rig> rig_;
};

TEST_F(CfsRecovery, what_nobody_wants_after_a_crash_is_put_back) {
  enforce(wanted(10));
  restart();
  EXPECT_EQ(rig_->enforcer->status().tasks, 1U);
  enforce({});
  expect_untouched(process_->pid());
  EXPECT_EQ(cgroup_->weight(), own_weight_);
}

TEST_F(CfsRecovery, what_is_still_wanted_is_kept_without_a_write_and_its_original_known) {
  write_attr(process_->pid(), SCHED_OTHER, 4, 0);
  enforce(wanted(10));
  restart();
  const auto outcomes = rig_->enforcer->enforce(wanted(10));
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0)->at(0).state, Enforced::verified);
  EXPECT_EQ(read_attr(process_->pid()).nice, -6);
  restart();
  enforce({});
  EXPECT_EQ(read_attr(process_->pid()).nice, 4);
}

TEST_F(CfsRecovery, children_forked_between_our_write_and_the_crash_are_put_back) {
  enforce(wanted(10));
  const pid_t child = process_->fork_child();
  const pid_t thread = process_->start_thread();
  restart();
  enforce({});
  expect_untouched(child);
  expect_untouched(thread);
}

TEST_F(CfsRecovery, so_is_a_child_whose_parent_died_in_the_crash) {
  enforce(wanted(10));
  const pid_t child = process_->fork_child();
  process_->end();
  restart();
  enforce({});
  expect_untouched(child);
}

TEST_F(CfsRecovery, a_stranger_with_the_same_values_elsewhere_is_left_alone) {
  enforce(wanted(10));
  const TestProcess stranger;
  write_attr(stranger.pid(), SCHED_OTHER, -10, 100'000);
  restart();
  enforce({});
  EXPECT_EQ(read_attr(stranger.pid()).nice, -10);
}

TEST_F(CfsRecovery, a_torn_last_record_costs_nothing_that_was_written) {
  enforce(wanted(10));
  std::ofstream(settings_.journal_path, std::ios::app) << "0badc0de task 12 3";
  restart();
  EXPECT_EQ(rig_->enforcer->status().reason.find("damaged"), std::string::npos);
  enforce({});
  expect_untouched(process_->pid());
}

TEST_F(CfsRecovery, a_damaged_journal_is_reported_and_its_good_records_used) {
  enforce(wanted(10));
  std::fstream file(settings_.journal_path);
  std::string first;
  std::getline(file, first);
  file.seekp(0);
  file << "x";
  file.close();
  restart();
  EXPECT_NE(rig_->enforcer->status().reason.find("damaged"), std::string::npos);
  enforce({});
  expect_untouched(process_->pid());
}

TEST_F(CfsRecovery, a_journal_of_another_boot_is_not_acted_upon) {
  enforce(wanted(10));
  std::ifstream read(settings_.journal_path);
  std::string boot;
  std::getline(read, boot);
  const std::string rest(std::istreambuf_iterator<char>(read), {});
  std::ofstream(settings_.journal_path) << encode_boot("another") << rest;
  restart();
  enforce({});
  EXPECT_EQ(read_attr(process_->pid()).nice, -10);
}

TEST_F(CfsRecovery, a_program_that_changed_itself_while_we_were_away_wins) {
  enforce(wanted(10));
  rig_.reset();
  write_attr(process_->pid(), SCHED_OTHER, -4, 0);
  cgroup_->set_weight(555);
  restart();
  enforce({});
  EXPECT_EQ(read_attr(process_->pid()).nice, -4);
  EXPECT_EQ(cgroup_->weight(), 555U);
}

TEST_F(CfsRecovery, on_a_full_disk_nothing_new_is_written_but_the_old_is_put_back) {
  enforce(wanted(10));
  const TestProcess second;
  cgroup_->add(second.pid());
  rig_->storage->full = true;
  const auto refused = rig_->enforcer->enforce({PodDecisions{{second.decision(10)}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  expect_untouched(second.pid());
  expect_untouched(process_->pid());
  EXPECT_EQ(cgroup_->weight(), own_weight_);

  rig_->storage->full = false;
  enforce({PodDecisions{{second.decision(10)}}});
  EXPECT_EQ(read_attr(second.pid()).nice, -10);
  restart();
  enforce({});
  expect_untouched(second.pid());
}

// Every call fails once, in turn: whatever the state after it, the next passes mend it, and
// everything goes back.
TEST_F(CfsRecovery, after_any_failing_scheduling_call_all_is_mended_and_restored) {
  for (int after = 0; after < 12; ++after) {
    for (const int error : {EIO, EPERM}) {
      rig_->calls->error = error;
      rig_->calls->fault = Fault{after, 1};
      (void)rig_->enforcer->enforce(wanted(10));
      (void)rig_->enforcer->enforce(wanted(-20));
      (void)rig_->enforcer->enforce({});
      rig_->calls->fault = Fault{};
      enforce(wanted(10));
      ASSERT_TRUE(rig_->enforcer->audit());
      const auto outcomes = rig_->enforcer->enforce(wanted(10));
      ASSERT_TRUE(outcomes);
      EXPECT_EQ(outcomes->at(0)->at(0), (Outcome{0, Enforced::verified, ""})) << after;
      ASSERT_TRUE(rig_->enforcer->restore_all());
      expect_untouched(process_->pid());
    }
  }
}

TEST_F(CfsRecovery, after_any_failing_cgroup_access_all_is_mended_and_restored) {
  for (int after = 0; after < 30; ++after) {
    rig_->files->fault = Fault{after, 1};
    (void)rig_->enforcer->enforce(wanted(10));
    (void)rig_->enforcer->enforce(wanted(-20));
    (void)rig_->enforcer->enforce({});
    rig_->files->fault = Fault{};
    enforce(wanted(10));
    ASSERT_TRUE(rig_->enforcer->audit());
    const auto outcomes = rig_->enforcer->enforce(wanted(10));
    ASSERT_TRUE(outcomes);
    EXPECT_EQ(outcomes->at(0)->back(), (Outcome{0, Enforced::verified, ""})) << after;
    ASSERT_TRUE(rig_->enforcer->restore_all());
    EXPECT_EQ(cgroup_->weight(), own_weight_) << after;
    EXPECT_FALSE(cgroup_->idle()) << after;
  }
}

TEST_F(CfsRecovery, a_crash_after_any_failing_call_is_recovered_from) {
  for (int after = 0; after < 12; ++after) {
    rig_->calls->fault = Fault{after, 3};
    (void)rig_->enforcer->enforce(wanted(10));
    (void)rig_->enforcer->enforce(wanted(-20));
    (void)rig_->enforcer->enforce(wanted(5));
    restart();
    enforce({});
    expect_untouched(process_->pid());
    EXPECT_EQ(cgroup_->weight(), own_weight_) << after;
  }
}

TEST_F(CfsRecovery, a_refusal_is_the_outcome_until_it_ends) {
  rig_->calls->error = EPERM;
  rig_->calls->fault = Fault{2, 1};  // look, look again, write
  const auto refused = rig_->enforcer->enforce(wanted(10));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->at(0)->at(0), (Outcome{0, Enforced::degraded, "not permitted"}));
  const auto mended = rig_->enforcer->enforce(wanted(10));
  ASSERT_TRUE(mended);
  EXPECT_EQ(mended->at(0)->at(0), (Outcome{0, Enforced::verified, ""}));
}

TEST_F(CfsRecovery, what_cannot_be_put_back_is_an_error_and_stays_in_the_journal) {
  enforce(wanted(10));
  rig_->calls->fault = Fault{0, 1'000};
  const Result<> failed = rig_->enforcer->restore_all();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::unavailable);
  restart();
  enforce({});
  expect_untouched(process_->pid());
}

}  // namespace
}  // namespace gthulhu
