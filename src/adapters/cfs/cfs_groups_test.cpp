// SPDX-License-Identifier: Apache-2.0
//
// The cfs enforcer on real cpu cgroups of this machine.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "adapters/cfs/cfs_enforcer.h"
#include "adapters/cfs/test_machine.h"
#include "core/model/reasons.h"

namespace gthulhu {
namespace {

using testing::Rig;
using testing::TestCgroup;
using testing::TestProcess;

class CfsGroups : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::cpu_hierarchy()) GTEST_SKIP() << "needs root and a writable cpu hierarchy";
    settings_.journal_path = directory_.path() + "/originals";
    settings_.hierarchy = *testing::cpu_hierarchy();
    cgroup_ = std::make_unique<TestCgroup>(settings_.hierarchy, "groups");
    rig_ = std::make_unique<Rig>(settings_);
  }

  static PodDecision decision(const TestCgroup& cgroup, int priority) {
    return {0, PodCgroup{{}, cgroup.path()}, Priority::clamp(priority)};
  }
  Outcome enforce(const PodDecision& decision) {
    const auto outcomes = rig_->enforcer->enforce({PodDecisions{{}, decision}});
    EXPECT_TRUE(outcomes);
    return outcomes && !outcomes->at(0)->empty() ? outcomes->at(0)->front() : Outcome{};
  }
  Outcome enforce(int priority) { return enforce(decision(*cgroup_, priority)); }

  const TempDirectory directory_;
  CfsEnforcer::Settings settings_;
  std::unique_ptr<TestCgroup> cgroup_;
  std::unique_ptr<Rig> rig_;
};

const Outcome verified{0, Enforced::verified, ""};

Outcome degraded(std::string_view reason) {
  return {0, Enforced::degraded, std::string(reason)};
}

TEST_F(CfsGroups, the_weight_is_multiplied_and_comes_back) {
  cgroup_->set_weight(1'000);
  EXPECT_EQ(enforce(10), verified);
  EXPECT_EQ(cgroup_->weight(), 9'313U);
  EXPECT_EQ(enforce(-5), verified);
  EXPECT_EQ(cgroup_->weight(), 328U);
  EXPECT_EQ(enforce(0), verified);
  EXPECT_EQ(cgroup_->weight(), 1'000U) << "0 leaves the weight alone";
  enforce(3);
  ASSERT_TRUE(rig_->enforcer->restore_all());
  EXPECT_EQ(cgroup_->weight(), 1'000U);
  EXPECT_EQ(rig_->enforcer->status().cgroups, 0U);
}

TEST_F(CfsGroups, the_lowest_priority_is_idle_and_the_weight_survives_it) {
  cgroup_->set_weight(777);
  EXPECT_EQ(enforce(-20), verified);
  EXPECT_TRUE(cgroup_->idle());
  EXPECT_EQ(enforce(5), verified);
  EXPECT_FALSE(cgroup_->idle());
  EXPECT_EQ(cgroup_->weight(), 2'371U);
  enforce(-20);
  ASSERT_TRUE(rig_->enforcer->restore_all());
  EXPECT_FALSE(cgroup_->idle());
  EXPECT_EQ(cgroup_->weight(), 777U);
}

TEST_F(CfsGroups, a_cgroup_that_somebody_made_idle_stays_so) {
  cgroup_->set_idle(true);
  EXPECT_EQ(enforce(10), degraded(reasons::idle_cgroup));
  EXPECT_EQ(enforce(-20), verified);
  ASSERT_TRUE(rig_->enforcer->restore_all());
  EXPECT_TRUE(cgroup_->idle());
}

TEST_F(CfsGroups, somebody_elses_new_weight_is_the_new_base) {
  enforce(5);
  cgroup_->set_weight(200);
  ASSERT_TRUE(rig_->enforcer->audit());
  EXPECT_EQ(rig_->enforcer->differences(), 1U);
  EXPECT_EQ(enforce(5), verified);
  EXPECT_EQ(cgroup_->weight(), 610U);
  ASSERT_TRUE(rig_->enforcer->audit());
  EXPECT_EQ(rig_->enforcer->differences(), 1U);
  ASSERT_TRUE(rig_->enforcer->restore_all());
  EXPECT_EQ(cgroup_->weight(), 200U);
}

TEST_F(CfsGroups, a_weight_changed_just_before_the_strategy_goes_is_left) {
  enforce(5);
  cgroup_->set_weight(300);
  ASSERT_TRUE(rig_->enforcer->enforce({}));
  EXPECT_EQ(cgroup_->weight(), 300U);
}

TEST_F(CfsGroups, a_weight_out_of_the_kernels_bounds_is_clamped) {
  const bool is_v1 = settings_.hierarchy.version == CgroupVersion::v1;
  cgroup_->set_weight(is_v1 ? 200'000 : 9'000);
  EXPECT_EQ(enforce(20), degraded(reasons::clamped));
  EXPECT_EQ(cgroup_->weight(), is_v1 ? 262'144U : 10'000U);
}

TEST_F(CfsGroups, what_the_kubelet_owns_is_left_alone_unless_asked) {
  const TestCgroup pod(settings_.hierarchy, "pod31e4e721-0f3a-4e5b-9f6c-0123456789ab",
                       cgroup_->path());
  const std::uint64_t before = pod.weight();
  EXPECT_EQ(enforce(decision(pod, 10)), degraded(reasons::inside_pod_only));
  EXPECT_EQ(pod.weight(), before);
  settings_.kubelet_weights = true;
  rig_ = std::make_unique<Rig>(settings_);
  EXPECT_EQ(enforce(decision(pod, 10)), verified);
  EXPECT_GT(pod.weight(), 9 * before);
  ASSERT_TRUE(rig_->enforcer->restore_all());
  EXPECT_EQ(pod.weight(), before);
}

TEST_F(CfsGroups, a_process_is_verified_only_with_its_pods_weight) {
  const TestCgroup pod(settings_.hierarchy, "pod31e4e721-0f3a-4e5b-9f6c-0123456789ab",
                       cgroup_->path());
  const TestProcess process;
  pod.add(process.pid());
  const auto outcomes =
      rig_->enforcer->enforce({PodDecisions{{process.decision(10)}, decision(pod, 10)}});
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(0)->at(0), degraded(reasons::inside_pod_only));
  EXPECT_EQ(testing::read_attr(process.pid()).nice, -10);
}

TEST_F(CfsGroups, a_new_cgroup_of_the_same_name_has_a_base_of_its_own) {
  enforce(5);
  const std::string name = "again";
  auto first = std::make_unique<TestCgroup>(settings_.hierarchy, name);
  first->set_weight(400);
  enforce(decision(*first, 5));
  first.reset();
  const TestCgroup second(settings_.hierarchy, name);
  second.set_weight(500);
  ASSERT_TRUE(rig_->enforcer->audit());
  EXPECT_EQ(enforce(decision(second, 5)), verified);
  ASSERT_TRUE(rig_->enforcer->restore_all());
  EXPECT_EQ(second.weight(), 500U);
}

TEST_F(CfsGroups, units_of_systemd_are_changed_through_systemctl_and_their_property_restored) {
  const TestCgroup unit(settings_.hierarchy, "a.service", cgroup_->path());
  settings_.hierarchy.systemd = true;
  settings_.systemctl = directory_.path() + "/systemctl";
  const bool is_v1 = settings_.hierarchy.version == CgroupVersion::v1;
  const std::string file =
      settings_.hierarchy.root + unit.path() + (is_v1 ? "/cpu.shares" : "/cpu.weight");
  const std::string log = directory_.path() + "/log";
  // What systemd does with the value, as far as it matters here.
  std::ofstream(settings_.systemctl)
      << "#!/bin/sh\necho \"$*\" >> " << log << "\n"
      << "[ \"$1\" = show ] && { echo '[not set]'; exit 0; }\n"
      << "for last; do :; done; w=${last#CPUWeight=}; w=${w:-100}\n"
      << (is_v1 ? "w=$((w * 1024 / 100))\n" : "") << "echo $w > " << file << "\n";
  ::chmod(settings_.systemctl.c_str(), 0755);
  const std::uint64_t before = unit.weight();

  rig_ = std::make_unique<Rig>(settings_);
  EXPECT_EQ(enforce(decision(unit, 10)), verified);
  EXPECT_EQ(unit.weight(), is_v1 ? 9'533U : 931U);
  ASSERT_TRUE(rig_->enforcer->restore_all());
  EXPECT_EQ(unit.weight(), before);
  std::ifstream read(log);
  const std::string said(std::istreambuf_iterator<char>(read), {});
  EXPECT_NE(said.find("set-property --runtime -- a.service CPUWeight=931\n"), std::string::npos);
  EXPECT_TRUE(said.ends_with("set-property --runtime -- a.service CPUWeight=\n")) << said;
}

TEST_F(CfsGroups, a_systemctl_that_does_not_work_is_a_reason) {
  const TestCgroup unit(settings_.hierarchy, "a.service", cgroup_->path());
  settings_.hierarchy.systemd = true;
  settings_.systemctl = "/nonexistent";
  rig_ = std::make_unique<Rig>(settings_);
  const std::uint64_t before = unit.weight();
  EXPECT_EQ(enforce(decision(unit, 10)), degraded(reasons::systemd_refused));
  EXPECT_EQ(unit.weight(), before);
}

}  // namespace
}  // namespace gthulhu
