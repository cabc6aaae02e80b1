// SPDX-License-Identifier: Apache-2.0
//
// Rules of pods and of names in them, which hold before anybody has seen what they are for.
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

#include "tests/real/scheduler_ground.h"

namespace gthulhu {
namespace {

const PodUid uid("0a1b2c3d-1111-2222-3333-44445555abcd");
constexpr const char* pod_cgroup = "/pod0a1b2c3d-1111-2222-3333-44445555abcd";

// A process with another busy thread that takes the names it is told.
struct Told {
  std::atomic<char> name{'a'};
  std::atomic<pid_t> other{0};  // the thread that is not the first
};

class PodRulesTest : public SchedulerTest {
 protected:
  void SetUp() override {
    SchedulerTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    void* const at =
        ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(at, MAP_FAILED);
    told_ = new (at) Told;
  }
  void TearDown() override {
    if (scheduler_ != nullptr) {
      EXPECT_TRUE(scheduler_->keep_only({}));
      scheduler_->publish();
    }
    SchedulerTest::TearDown();
    if (told_ != nullptr) ::munmap(told_, sizeof(Told));
  }

  // Its names are "gnb-a", "gnb-b"... as told_ says.
  pid_t named(const std::string& pod) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      std::ofstream(hierarchy_.root + pod + "/cgroup.procs") << ::getpid() << std::flush;
      std::thread other([told = told_] {
        ::prctl(PR_SET_NAME, "worker");
        told->other = static_cast<pid_t>(::syscall(SYS_gettid));
        for (volatile unsigned long turns = 0;; turns = turns + 1) {
        }
      });
      for (char last = 0;;) {
        const char name = told_->name;
        if (name == last) continue;
        last = name;
        ::prctl(PR_SET_NAME, (std::string("gnb-") + name).c_str());
      }
    }
    children_.push_back(child);
    EXPECT_TRUE(eventually([&] { return told_->other != 0; }));
    return child;
  }

  Told* told_ = nullptr;
};

SchedulerRule with_names(int priority) {
  SchedulerRule made = rule(priority);
  made.names_of = uid;
  return made;
}

TEST_F(PodRulesTest, HoldBeforeTheCgroupIsThereAndWhenItIs) {
  set(uid, rule(9));
  for (const char* const name :
       {pod_cgroup, "/kubepods-burstable-pod0a1b2c3d_1111_2222_3333_44445555abcd.slice"}) {
    make(name);
    make(std::string(name) + "/container");
    const pid_t process = hog(std::string(name) + "/container");
    EXPECT_TRUE(comes_to(process, 9)) << name;
    set(uid, rule(4));
    EXPECT_TRUE(comes_to(process, 4)) << name;
    set(uid, rule(9));
  }
  make("/pod0a1b2c3d-1111-2222-3333-44445555abce");
  EXPECT_TRUE(comes_to(hog("/pod0a1b2c3d-1111-2222-3333-44445555abce"), 0));
}

TEST_F(PodRulesTest, LeaveNothingInACgroupThatCameWhileTheyHeld) {
  set(uid, rule(9));
  make(pod_cgroup);
  const pid_t process = hog(pod_cgroup);
  EXPECT_TRUE(comes_to(process, 9));
  set(uid, std::nullopt);
  EXPECT_TRUE(comes_to(process, 0));
}

TEST_F(PodRulesTest, ThatOfTheCgroupItselfGoesBefore) {
  set(uid, rule(9));
  const std::string pod = make(pod_cgroup);
  const pid_t process = hog(pod_cgroup);
  set(id_of(pod), rule(3));
  EXPECT_TRUE(comes_to(process, 3));
  set(id_of(pod), std::nullopt);
  EXPECT_TRUE(comes_to(process, 9));
}

TEST_F(PodRulesTest, OfNamesFollowAProcessThroughItsNames) {
  set(NameRuleKey{uid, "gnb-a"}, rule(7));
  set(NameRuleKey{uid, "gnb-b"}, rule(5));
  set(uid, with_names(2));
  make(pod_cgroup);
  const pid_t process = named(pod_cgroup);
  const pid_t other = told_->other;
  for (const auto& [name, priority] : {std::pair('a', 7), std::pair('b', 5), std::pair('c', 2)}) {
    told_->name = name;
    EXPECT_TRUE(comes_to(process, priority)) << name;
    EXPECT_TRUE(comes_to(other, priority)) << name << ", a thread with another name";
  }
  set(NameRuleKey{uid, "gnb-c"}, rule(8));
  EXPECT_TRUE(comes_to(process, 8)) << "a name that was learned";
}

TEST_F(PodRulesTest, OfNamesCountOnlyWhereTheRuleOfThePodSaysSo) {
  set(NameRuleKey{uid, "gnb-a"}, rule(7));
  set(uid, rule(2));
  const std::string pod = make(pod_cgroup);
  const pid_t process = named(pod_cgroup);
  EXPECT_TRUE(comes_to(process, 2));
  set(id_of(pod), with_names(3));
  EXPECT_TRUE(comes_to(process, 7));
}

TEST_F(PodRulesTest, ThatNobodyWantsAnyMoreGoAndTheOthersStay) {
  const PodUid other("0a1b2c3d-1111-2222-3333-44445555abce");
  set(uid, with_names(2));
  set(other, rule(3));
  set(NameRuleKey{uid, "gnb-a"}, rule(7));
  set(NameRuleKey{uid, "gnb-b"}, rule(5));
  make(pod_cgroup);
  make("/pod" + other.str());
  const pid_t process = named(pod_cgroup);
  const pid_t stranger = hog("/pod" + other.str());
  ASSERT_TRUE(scheduler_->keep_only({uid, NameRuleKey{uid, "gnb-a"}}));
  scheduler_->publish();
  EXPECT_TRUE(comes_to(stranger, 0));
  EXPECT_TRUE(comes_to(process, 7));
  told_->name = 'b';
  EXPECT_TRUE(comes_to(process, 2));
}

// Each lives 5 ms, and is looked at before its parent has waited for it.
TEST_F(PodRulesTest, OfAThousandShortLivedProcessesNoneRunsWithAnother) {
  set(uid, with_names(0));
  set(NameRuleKey{uid, "brief"}, rule(6));
  make(pod_cgroup);
  const pid_t parent = ::fork();
  if (parent == 0) {
    std::ofstream(hierarchy_.root + pod_cgroup + "/cgroup.procs") << ::getpid() << std::flush;
    ::prctl(PR_SET_NAME, "brief");
    int wrong = 0;
    for (int i = 0; i < 1'000; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        std::this_thread::sleep_for(5ms);
        ::_exit(0);
      }
      siginfo_t ended{};
      ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);
      const auto found = scheduler_->read(child);
      ::waitpid(child, nullptr, 0);
      const bool is_right = found && *found && (*found)->rule.priority.value() == 6;
      if (!is_right) ++wrong;
    }
    ::_exit(std::min(wrong, 100));
  }
  int status = 0;
  ::waitpid(parent, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace gthulhu
