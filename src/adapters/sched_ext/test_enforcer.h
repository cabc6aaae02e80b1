// SPDX-License-Identifier: Apache-2.0
//
// The enforcer with a kernel that does what a test wants, and a pod for it.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "adapters/bpf/kernel_btf.h"
#include "adapters/sched_ext/sched_ext_enforcer.h"
#include "adapters/sched_ext/test_decisions.h"
#include "adapters/sched_ext/test_kernel.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_enforcer.h"

namespace gthulhu::testing {

class EnforcerGround : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto parameters = parameters_in_btf(kernel_.files.btf, "scx_bpf_create_dsq");
    if (!parameters) GTEST_SKIP() << parameters.error().text();
    settings_.hierarchy = {.version = CgroupVersion::v2, .root = cgroups_.path()};
    settings_.kernel = kernel_.files;
    settings_.proc = cgroups_.path() + "/proc";
  }

  void start() {
    auto fallback = std::make_unique<FakeEnforcer>();
    cfs_ = fallback.get();
    SchedExtEnforcer::Parts parts;
    parts.place = kernel_.place();
    parts.boot_time = [this] { return kernel_.boot_time; };
    parts.fallback = std::move(fallback);
    parts.read_own = [](pid_t) { return OwnScheduling(); };
    enforcer_ = std::make_unique<SchedExtEnforcer>(clock_, settings_, std::move(parts));
    enforcer_->start();
  }
  CgroupId make(const std::string& path) {
    write_file(cgroups_.path() + path + "/cpu.max", "max 100000\n");
    struct stat found{};
    ::stat((cgroups_.path() + path).c_str(), &found);
    return CgroupId{found.st_ino};
  }
  // One turn of the node loop.
  void turn(std::chrono::milliseconds later = std::chrono::seconds(1)) {
    clock_.advance(later);
    kernel_.boot_time += later;
    ASSERT_TRUE(enforcer_->audit());
    outcomes_ = enforcer_->enforce(wanted_).value_or(Outcomes());
  }
  std::string reason() { return enforcer_->status().reason; }

  FakeClock clock_;
  TestKernel kernel_;
  const TempDirectory cgroups_;
  SchedExtEnforcer::Settings settings_;
  FakeEnforcer* cfs_ = nullptr;  // the fallback, of the enforcer
  std::unique_ptr<SchedExtEnforcer> enforcer_;
  CgroupId pod_ = make("/a");
  Decisions wanted_{whole_pod("a", 0, 5, {decision(0, 1, 5), decision(1, 2, 9)})};
  Outcomes outcomes_;
};

}  // namespace gthulhu::testing
