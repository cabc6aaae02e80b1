// SPDX-License-Identifier: Apache-2.0
//
// What the sched_ext enforcer promises, on a real kernel: with sched_ext that our scheduler makes
// it obey, and lets go of it when that is asked for; without, that another enforcer does the work
// and the status says why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "adapters/cfs/cfs_enforcer.h"
#include "adapters/cgroupfs/test_ground.h"
#include "adapters/sched_ext/sched_ext_enforcer.h"
#include "core/match/task_text.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/temp_directory.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::HasSubstr;

std::string read_all(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

int nice_of(pid_t process) {
  return ::getpriority(PRIO_PROCESS, static_cast<id_t>(process));
}

std::chrono::nanoseconds used_by(pid_t process) {
  std::istringstream text(read_all("/proc/" + std::to_string(process) + "/schedstat"));
  std::int64_t used = 0;
  text >> used;
  return std::chrono::nanoseconds(used);
}

void spin_on_first_cpu() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(0, &cpus);
  ::sched_setaffinity(0, sizeof cpus, &cpus);
  for (volatile bool is_on = true; is_on;) {
  }
}

class SchedExtContract : public RealCgroupTest {
 protected:
  void SetUp() override {
    RealCgroupTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    if (hierarchy_.version == CgroupVersion::v2) {
      std::ofstream(hierarchy_.root + "/cgroup.subtree_control") << "+cpu" << std::flush;
    }
    CfsEnforcer::Settings of_fallback;
    of_fallback.journal_path = directory_.file("journal");
    of_fallback.hierarchy = hierarchy_;
    auto fallback = CfsEnforcer::open(of_fallback);
    ASSERT_TRUE(fallback) << fallback.error().text();
    SchedExtEnforcer::Settings settings;
    settings.hierarchy = hierarchy_;
    settings.refuse_limited_nodes = true;
    const CgroupVersion version = hierarchy_.version;
    enforcer_ = std::make_unique<SchedExtEnforcer>(
        clock_, settings,
        SchedExtEnforcer::Parts{SchedulerPlace::open({.cpu_hierarchy = version}),
                                [] { return BootTime(std::chrono::hours(1)); },
                                *std::move(fallback)});
    enforcer_->start();
  }
  void TearDown() override {
    if (enforcer_ != nullptr) {
      EXPECT_TRUE(enforcer_->restore_all());
      enforcer_.reset();
      EXPECT_TRUE(is_vacant_soon());
    }
    RealCgroupTest::TearDown();
  }

  // The kernel lets go of one by and by.
  static bool is_vacant_soon() {
    return ::access("/sys/kernel/sched_ext", F_OK) != 0 ||
           eventually([] { return is_vacant("/sys"); });
  }

  // Whether this kernel can do it; if not, the status must say why.
  [[nodiscard]] bool is_usable() const {
    if (enforcer_->is_attached()) return true;
    EXPECT_EQ(enforcer_->status().kind, EnforcerKind::cfs);
    const bool is_guest = std::getenv("GTHULHU_GUEST") != nullptr;
    EXPECT_THAT(enforcer_->status().reason,
                AnyOf(HasSubstr(is_guest ? "the kernel's BTF is malformed" : "has no sched_ext"),
                      HasSubstr("built without BPF")));
    return false;
  }

  // A pod of one process that wants the first CPU all the time.
  PodDecisions hog(const std::string& name, int priority) {
    make("/" + name);
    const pid_t process = ::fork();
    if (process == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close_range(3, ~0U, 0);  // a copy of the scheduler's link would keep it attached
      spin_on_first_cpu();
    }
    children_.push_back(process);
    move(process, "/" + name);
    const auto stat = parse_stat(read_all("/proc/" + std::to_string(process) + "/stat"));
    EXPECT_TRUE(stat);
    const TaskId id{process, stat ? stat->start_ticks : 0};
    PodDecisions pod;
    pod.cgroup = PodCgroup{PodUid(name), "/" + name};
    pod.whole = PodDecision{0, pod.cgroup, Priority::clamp(priority)};
    pod.processes = {
        {0, Process{.id = id, .threads = {{id, "hog"}}}, Priority::clamp(priority), {}}};
    return pod;
  }
  static pid_t process_of(const PodDecisions& pod) { return pod.processes[0].process->id.tid; }

  // What the first gets of what both get.
  static double share(const PodDecisions& first, const PodDecisions& second) {
    std::this_thread::sleep_for(1s);
    const auto before_first = used_by(process_of(first));
    const auto before_second = used_by(process_of(second));
    std::this_thread::sleep_for(3s);
    const auto one = static_cast<double>((used_by(process_of(first)) - before_first).count());
    const auto other = static_cast<double>((used_by(process_of(second)) - before_second).count());
    return one / (one + other);
  }
  // A turn of the node loop, a second later.
  void turn(const Decisions& wanted) {
    clock_.advance(1s);
    EXPECT_TRUE(enforcer_->audit());
    EXPECT_TRUE(enforcer_->enforce(wanted));
  }

  const TempDirectory directory_;
  FakeClock clock_;
  std::unique_ptr<SchedExtEnforcer> enforcer_;
};

TEST_F(SchedExtContract, a_stronger_pod_gets_its_share_and_nothing_else_is_written) {
  const PodDecisions strong = hog("strong", 10);
  const PodDecisions equal = hog("equal", 0);
  const Decisions wanted{equal, strong};
  const bool is_usable_here = is_usable();
  const auto outcomes = enforcer_->enforce(wanted);
  ASSERT_TRUE(outcomes) << outcomes.error().text();
  if (!is_usable_here) {
    EXPECT_EQ(nice_of(process_of(strong)), -10) << "the fallback does the work";
    return;
  }
  EXPECT_EQ(enforcer_->status().kind, EnforcerKind::sched_ext);
  EXPECT_FALSE(enforcer_->status().approximate);
  EXPECT_EQ(attached_scheduler("/sys"), "gthulhu");
  EXPECT_EQ(nice_of(process_of(strong)), 0);
  // 1.25^10 is 9.3: 0.9 of the CPU. The weaker one keeps its twentieth.
  const double stronger = share(strong, equal);
  EXPECT_GT(stronger, 0.8);
  EXPECT_LT(stronger, 0.96);

  ASSERT_TRUE(enforcer_->restore_all());
  EXPECT_NEAR(share(strong, equal), 0.5, 0.1);
}

TEST_F(SchedExtContract, a_process_obeys_a_rule_of_its_own_against_its_pod) {
  PodDecisions pod = hog("pod", 0);
  const PodDecisions other = hog("other", 0);
  if (!is_usable()) return;
  move(process_of(other), "/pod");
  const Decision& of_other = other.processes[0];
  pod.processes.push_back({1, of_other.process, Priority::clamp(10), {}});
  ASSERT_TRUE(enforcer_->enforce({pod}));
  EXPECT_GT(share(other, pod), 0.8);
  ASSERT_TRUE(enforcer_->enforce({}));
  EXPECT_NEAR(share(other, pod), 0.5, 0.1);
}

TEST_F(SchedExtContract, a_pod_obeys_before_anybody_has_looked_at_what_runs_there) {
  const std::string uid = "0a1b2c3d-1111-2222-3333-44445555abcd";
  enforcer_->expect({ExpectedPod{PodUid(uid), Priority::clamp(10), {}, {}}});
  ASSERT_TRUE(enforcer_->enforce({}));
  const PodDecisions strong = hog("pod" + uid, 10);
  const PodDecisions equal = hog("equal", 0);
  if (!is_usable()) return;
  EXPECT_GT(share(strong, equal), 0.8);
  enforcer_->expect({});
  ASSERT_TRUE(enforcer_->enforce({}));
  EXPECT_NEAR(share(strong, equal), 0.5, 0.1);
}

TEST_F(SchedExtContract, ended_by_sysrq_it_stays_off_and_the_fallback_obeys) {
  const PodDecisions strong = hog("strong", 10);
  const Decisions wanted{strong};
  if (!is_usable()) return;
  turn(wanted);
  std::ofstream("/proc/sysrq-trigger") << "S" << std::flush;
  ASSERT_TRUE(is_vacant_soon());
  turn(wanted);
  EXPECT_FALSE(enforcer_->is_attached());
  EXPECT_EQ(enforcer_->status().kind, EnforcerKind::cfs);
  EXPECT_THAT(enforcer_->status().reason, HasSubstr("which is respected"));
  EXPECT_EQ(nice_of(process_of(strong)), -10);
  clock_.advance(24h);
  turn(wanted);
  EXPECT_FALSE(enforcer_->is_attached());

  enforcer_->reset_scheduler();
  turn(wanted);
  EXPECT_TRUE(enforcer_->is_attached()) << enforcer_->status().reason;
  EXPECT_EQ(attached_scheduler("/sys"), "gthulhu");
  EXPECT_EQ(nice_of(process_of(strong)), 0);
}

TEST_F(SchedExtContract, a_limit_that_comes_sends_it_away_until_it_goes) {
  const Decisions wanted{hog("strong", 10)};
  if (!is_usable()) return;
  turn(wanted);
  const bool is_v1 = hierarchy_.version == CgroupVersion::v1;
  const std::string file = make("/limited") + (is_v1 ? "/cpu.cfs_quota_us" : "/cpu.max");
  std::ofstream(file) << "50000" << std::flush;
  clock_.advance(10s);
  turn(wanted);
  EXPECT_FALSE(enforcer_->is_attached());
  EXPECT_TRUE(is_vacant_soon());
  EXPECT_THAT(enforcer_->status().reason, HasSubstr("the cgroup /limited has a CPU limit"));
  EXPECT_EQ(nice_of(process_of(*wanted[0])), -10);
  std::ofstream(file) << (is_v1 ? "-1" : "max") << std::flush;
  clock_.advance(10s);
  turn(wanted);
  EXPECT_TRUE(enforcer_->is_attached()) << enforcer_->status().reason;
  EXPECT_EQ(nice_of(process_of(*wanted[0])), 0);
}

TEST_F(SchedExtContract, somebody_elses_scheduler_is_left_alone) {
  if (!is_usable()) return;
  SchedExtEnforcer::Settings settings;
  settings.hierarchy = hierarchy_;
  auto nobody = std::make_unique<SchedExtEnforcer>(
      clock_, settings,
      SchedExtEnforcer::Parts{SchedulerPlace::open({.bpffs = directory_.path()}),
                              [] { return BootTime(std::chrono::hours(1)); },
                              std::move(enforcer_)});
  nobody->start();
  EXPECT_FALSE(nobody->is_attached());
  EXPECT_THAT(nobody->status().reason, HasSubstr("the scheduler gthulhu is attached"));
}

}  // namespace
}  // namespace gthulhu
