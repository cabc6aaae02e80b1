// SPDX-License-Identifier: Apache-2.0
//
// The sched_ext enforcer with the kernel of a guest, and a fallback that obeys at once.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>

#include "adapters/bpf/scheduler_place.h"
#include "adapters/sched_ext/probe.h"
#include "adapters/sched_ext/sched_ext_enforcer.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_enforcer.h"
#include "tests/real/scheduler_ground.h"

namespace gthulhu {

class SchedulerEnforcerTest : public SchedulerGround {
 protected:
  void TearDown() override {
    enforcer_.reset();
    RealCgroupTest::TearDown();
    if (!IsSkipped()) EXPECT_TRUE(is_vacant_soon());
  }

  void start() {
    SchedExtEnforcer::Settings settings;
    settings.hierarchy = hierarchy_;
    SchedExtEnforcer::Parts parts;
    parts.place = SchedulerPlace::open({});
    parts.boot_time = boot_time;
    parts.fallback = std::make_unique<FakeEnforcer>();
    enforcer_ = std::make_unique<SchedExtEnforcer>(clock_, settings, std::move(parts));
    enforcer_->start();
  }
  // A turn of the node loop.
  void turn(std::chrono::milliseconds later) {
    clock_.advance(later);
    EXPECT_TRUE(enforcer_->audit());
    EXPECT_TRUE(enforcer_->enforce({}));
  }
  [[nodiscard]] SchedulerStatus status() const { return enforcer_->scheduler_status(); }

  void expect_attached() const {
    EXPECT_TRUE(enforcer_->is_attached()) << status().reason;
    EXPECT_EQ(status().enforcer, EnforcerKind::sched_ext);
    EXPECT_EQ(attached_scheduler("/sys"), "gthulhu");
  }

  FakeClock clock_;
  std::unique_ptr<SchedExtEnforcer> enforcer_;
};

}  // namespace gthulhu
