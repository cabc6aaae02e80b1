// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/probe.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "adapters/cfs/test_machine.h"

namespace gthulhu {
namespace {

using testing::FailingCalls;
using testing::Fault;
using testing::read_attr;
using testing::TestProcess;

TEST(Probe, without_the_right_to_raise_nice_the_reason_names_it) {
  FailingCalls calls;
  calls.error = EPERM;
  calls.fault = Fault{5, 1};  // look, look, down, read back, look: then up
  EXPECT_EQ(why_not_cfs(calls), "cfs: no right to raise nice (CAP_SYS_NICE)");
}

TEST(Probe, any_other_refusal_is_told_as_it_is) {
  FailingCalls calls;
  calls.error = ENOSYS;
  calls.fault = Fault{0, 1};
  EXPECT_TRUE(why_not_cfs(calls).starts_with("cfs: Function not implemented"));
}

TEST(Probe, where_it_works_there_is_nothing_to_say) {
  if (!testing::cpu_hierarchy()) GTEST_SKIP() << "needs root";
  FailingCalls calls;
  EXPECT_EQ(why_not_cfs(calls), "");
}

// Remembers why it was asked for.
struct Idle : Enforcer {
  Idle(EnforcerKind what, std::string why) : kind(what), reason(std::move(why)) {}
  [[nodiscard]] EnforcerStatus status() const override { return {kind, reason, true, 0, 0}; }
  Result<Outcomes> enforce(const Decisions&) override { return Outcomes(); }
  Result<> audit() override { return {}; }
  Result<> restore_all() override { return {}; }

  EnforcerKind kind;
  std::string reason;
};

std::unique_ptr<Enforcer> idle(EnforcerKind kind, std::string reason) {
  return std::make_unique<Idle>(kind, std::move(reason));
}

class Choice : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::cpu_hierarchy()) GTEST_SKIP() << "needs root and a writable cpu hierarchy";
    settings_.journal_path = directory_.path() + "/originals";
    settings_.hierarchy = *testing::cpu_hierarchy();
  }
  const TempDirectory directory_;
  CfsEnforcer::Settings settings_;
};

TEST_F(Choice, cfs_is_the_best_and_what_sched_ext_falls_back_on) {
  for (const auto wanted :
       {std::optional<EnforcerKind>(), std::optional(EnforcerKind::sched_ext)}) {
    const auto chosen = choose_enforcer(settings_, wanted, idle);
    ASSERT_TRUE(chosen) << chosen.error().text();
    EXPECT_EQ((*chosen)->status().kind, EnforcerKind::cfs);
    EXPECT_TRUE((*chosen)->status().reason.starts_with("nice"));
  }
}

TEST_F(Choice, who_writes_nothing_puts_back_what_an_earlier_run_left_first) {
  for (const EnforcerKind kind : {EnforcerKind::observe, EnforcerKind::external}) {
    const TestProcess process;
    {
      const auto cfs = choose_enforcer(settings_, EnforcerKind::cfs, idle);
      ASSERT_TRUE(cfs);
      ASSERT_TRUE((*cfs)->enforce({PodDecisions{{process.decision(10)}}}));
      ASSERT_EQ(read_attr(process.pid()).nice, -10);
    }
    const auto chosen = choose_enforcer(settings_, kind, idle);
    ASSERT_TRUE(chosen);
    EXPECT_EQ(read_attr(process.pid()).nice, 0);
    EXPECT_EQ((*chosen)->status().kind, kind);
    EXPECT_EQ((*chosen)->status().reason, "set by the operator");
  }
}

}  // namespace
}  // namespace gthulhu
