// SPDX-License-Identifier: Apache-2.0
//
// Our scheduler attached to the kernel of a guest, and pods for it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>
#include <time.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "adapters/bpf/scheduler_program.h"
#include "adapters/cgroupfs/test_ground.h"

namespace gthulhu {

using namespace std::chrono_literals;

inline std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

inline int cpus() {
  return static_cast<int>(std::thread::hardware_concurrency());
}

// Where CPU 1 is told to go, 0, and to come, 1.
inline constexpr const char* other_cpu_online = "/sys/devices/system/cpu/cpu1/online";

inline BootTime boot_time() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

inline SchedulerRule rule(int priority, std::chrono::nanoseconds slice = 0ns) {
  return {Priority::clamp(priority), Slice::clamp(slice.count())};
}

inline std::uint64_t start_ticks(pid_t process) {
  const std::string text = text_of("/proc/" + std::to_string(process) + "/stat");
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  return std::stoull(field);
}

inline void stay_on(int cpu) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<unsigned>(cpu), &only);
  ::sched_setaffinity(0, sizeof only, &only);
}

// Pods, and rules for them, beside a scheduler that tests attach.
class SchedulerGround : public RealCgroupTest {
 protected:
  void SetUp() override {
    if (std::getenv("GTHULHU_GUEST") == nullptr) {
      GTEST_SKIP() << "takes the machine's scheduler over: only in a guest";
    }
    RealCgroupTest::SetUp();
    std::ofstream(hierarchy_.root + "/cgroup.subtree_control") << "+cpu" << std::flush;
  }

  static void attach_scheduler() {
    auto loaded = SchedulerProgram::load(CgroupVersion::v2);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().text();
    scheduler_ = std::move(*loaded);
    const Result<> attached = scheduler_->attach();
    ASSERT_TRUE(attached.has_value()) << attached.error().text();
  }

  // The kernel lets go of one by and by.
  static bool is_vacant_soon() {
    return eventually([] { return text_of("/sys/kernel/sched_ext/state") == "disabled\n"; });
  }

  static CgroupId id_of(const std::string& cgroup) {
    struct stat found{};
    EXPECT_EQ(::stat(cgroup.c_str(), &found), 0) << cgroup;
    return CgroupId{found.st_ino};
  }

  template <class What>
  static void set(const What& what, const std::optional<SchedulerRule>& rule) {
    const Result<> done = scheduler_->set(what, rule);
    EXPECT_TRUE(done.has_value()) << done.error().text();
    scheduler_->publish();
  }

  // A process that wants a CPU all the time, in the cgroup `pod`; `cpu` −1: any.
  pid_t hog(const std::string& pod, int cpu = -1, const char* name = "hog") {
    const pid_t child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::prctl(PR_SET_NAME, name);
      std::ofstream(hierarchy_.root + pod + "/cgroup.procs") << ::getpid() << std::flush;
      if (cpu >= 0) stay_on(cpu);
      for (volatile unsigned long turns = 0;; turns = turns + 1) {
      }
    }
    children_.push_back(child);
    return child;
  }

  [[nodiscard]] std::chrono::microseconds used(const std::string& pod) const {
    std::istringstream text(text_of(hierarchy_.root + pod + "/cpu.stat"));
    std::string name;
    std::int64_t value = 0;
    text >> name >> value;
    EXPECT_EQ(name, "usage_usec");
    return std::chrono::microseconds(value);
  }

  // What `one` uses for each part that `other` uses, over `time`.
  [[nodiscard]] double ratio(const std::string& one,
                             const std::string& other,
                             std::chrono::milliseconds time) const {
    std::this_thread::sleep_for(300ms);
    const auto one_before = used(one);
    const auto other_before = used(other);
    std::this_thread::sleep_for(time);
    return static_cast<double>((used(one) - one_before).count()) /
           static_cast<double>((used(other) - other_before).count());
  }

  // Once the kernel has looked at the rules again.
  static bool comes_to(pid_t thread, int priority) {
    return eventually([&] {
      const auto found = scheduler_->read(thread);
      return found && *found && (*found)->is_current && (*found)->rule.priority.value() == priority;
    });
  }

  static inline std::unique_ptr<SchedulerProgram> scheduler_;
};

// One scheduler for all tests: each attaching patches the kernel's code, which emulated CPUs take
// badly.
class SchedulerTest : public SchedulerGround {
 protected:
  static void SetUpTestSuite() {
    if (std::getenv("GTHULHU_GUEST") == nullptr) return;
    attach_scheduler();
    // After a boot and so large a program the kernel has work of its own, which would be in shares.
    std::this_thread::sleep_for(3s);
  }
  static void TearDownTestSuite() {
    if (scheduler_ == nullptr) return;
    scheduler_.reset();
    EXPECT_TRUE(is_vacant_soon());
  }

  void SetUp() override {
    SchedulerGround::SetUp();
    if (!IsSkipped()) ASSERT_NE(scheduler_, nullptr);
  }
  void TearDown() override {
    RealCgroupTest::TearDown();
    if (scheduler_ == nullptr) return;
    EXPECT_EQ(text_of("/sys/kernel/sched_ext/state"), "enabled\n");
    const auto end = scheduler_->end();
    EXPECT_FALSE(end.has_value()) << end->reason << ": " << end->message << "\n" << end->dump;
  }
};

}  // namespace gthulhu
