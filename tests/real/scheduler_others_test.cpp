// SPDX-License-Identifier: Apache-2.0
//
// On a real kernel that others give a scheduler too, or take ours away from.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/owned.h"
#include "tests/real/scheduler_enforcer_ground.h"

extern const char gthulhu_embedded_other_scheduler[];
extern const char gthulhu_embedded_other_scheduler_end[];

namespace gthulhu {
namespace {

using ::testing::HasSubstr;

// Attached as long as this is there.
class OtherScheduler {
 public:
  OtherScheduler()
      : object_(bpf_object__open_mem(gthulhu_embedded_other_scheduler,
                                     static_cast<std::size_t>(gthulhu_embedded_other_scheduler_end -
                                                              gthulhu_embedded_other_scheduler),
                                     nullptr)) {
    EXPECT_EQ(bpf_object__load(object_.get()), 0);
    bpf_map* const operations = bpf_object__find_map_by_name(object_.get(), "other");
    if (operations != nullptr) link_ = Link(bpf_map__attach_struct_ops(operations));
  }
  [[nodiscard]] bool is_attached() const { return link_ != nullptr; }

 private:
  using Link = Owned<bpf_link, bpf_link__destroy>;

  Owned<bpf_object, bpf_object__close> object_;
  Link link_;
};

class SchedulerOthersTest : public SchedulerEnforcerTest {};

TEST_F(SchedulerOthersTest, AnothersSchedulerIsNamedAndLeftAloneUntilItGoes) {
  auto other = std::make_unique<OtherScheduler>();
  ASSERT_TRUE(other->is_attached());
  start();
  for (int look = 0; look < 2; ++look) {
    EXPECT_FALSE(enforcer_->is_attached());
    EXPECT_EQ(status().state, SchedulerState::waiting);
    EXPECT_EQ(status().enforcer, EnforcerKind::cfs);
    EXPECT_THAT(status().reason, HasSubstr("the scheduler somebody_elses is attached"));
    EXPECT_EQ(attached_scheduler("/sys"), "somebody_elses");
    turn(10s);
  }
  enforcer_->reset_scheduler();
  EXPECT_EQ(attached_scheduler("/sys"), "somebody_elses");
  other.reset();
  ASSERT_TRUE(is_vacant_soon());
  turn(10s);
  expect_attached();
}

TEST_F(SchedulerOthersTest, AnotherIsRefusedAsLongAsOursIsThere) {
  start();
  expect_attached();
  EXPECT_FALSE(OtherScheduler().is_attached());
  turn(1s);
  expect_attached();
  EXPECT_TRUE(status().exits.empty());
}

TEST_F(SchedulerOthersTest, SysRqIsToldAndRespectedUntilAReset) {
  start();
  expect_attached();
  std::ofstream("/proc/sysrq-trigger") << "S" << std::flush;
  ASSERT_TRUE(is_vacant_soon());
  turn(1s);
  ASSERT_EQ(status().exits.size(), 1U);
  EXPECT_EQ(status().exits.back().kind, SchedulerExitKind::sysrq) << status().exits.back().reason;
  EXPECT_EQ(status().dump, "");
  for (const auto later : {1s, 10s, 86'400s}) {
    turn(later);
    EXPECT_EQ(status().state, SchedulerState::off);
    EXPECT_FALSE(status().next_trial.has_value());
    EXPECT_EQ(attached_scheduler("/sys"), "");
  }
  enforcer_->reset_scheduler();
  expect_attached();
}

TEST_F(SchedulerOthersTest, KernelsWithMalformedBtfAreNamedAndTheFallbackObeys) {
  if (why_unusable({}).empty()) GTEST_SKIP() << "this kernel takes schedulers";
  start();
  EXPECT_FALSE(enforcer_->is_attached());
  EXPECT_FALSE(enforcer_->is_to_be_watched());
  EXPECT_EQ(status().state, SchedulerState::unusable);
  EXPECT_EQ(status().enforcer, EnforcerKind::cfs);
  EXPECT_THAT(status().reason, HasSubstr("the kernel's BTF is malformed"));
  EXPECT_FALSE(SchedulerProgram::load(CgroupVersion::v2).has_value()) << "it would have been taken";
}

}  // namespace
}  // namespace gthulhu
