// SPDX-License-Identifier: Apache-2.0
//
// The contract of Processes, over every way in which processes are found, in the machine's own
// cgroups.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <fstream>

#include "adapters/bpf/bpf_task_events.h"
#include "adapters/cgroupfs/cgroup_processes.h"
#include "adapters/cgroupfs/cgroup_tree.h"
#include "adapters/cgroupfs/evented_processes.h"
#include "adapters/cgroupfs/labelled_cgroup.h"
#include "adapters/cgroupfs/test_ground.h"
#include "adapters/netlink/netlink_task_events.h"

namespace gthulhu {
namespace {

using ::testing::IsEmpty;
using namespace std::chrono_literals;

const NodeName node("n1");

class ProcessesContract : public RealCgroupTest,
                          public ::testing::WithParamInterface<DiscoverySource> {
 protected:
  void SetUp() override {
    RealCgroupTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    make("/mine");
    make("/mine/pod");
    tree_ = std::move(*CgroupTree::open(clock_, hierarchy_, node));
    if (GetParam() == DiscoverySource::scan) {
      processes_ = std::move(*CgroupProcesses::open(clock_, *tree_));
      return;
    }
    auto events = GetParam() == DiscoverySource::bpf ? open_bpf_task_events(hierarchy_.version)
                                                     : open_netlink_task_events();
    if (!events && events.error().text().find("built without BPF") != std::string::npos) {
      GTEST_SKIP() << events.error().text();
    }
    ASSERT_TRUE(events) << events.error().text();
    auto opened = EventedProcesses::open(clock_, *tree_, std::move(*events), {});
    ASSERT_TRUE(opened) << opened.error().text();
    processes_ = std::move(*opened);
  }
  void TearDown() override {
    processes_.reset();
    tree_.reset();
    RealCgroupTest::TearDown();
  }

  PodUid pod_at(const std::string& path) {
    for (const auto& [uid, workload] : *tree_->refresh()) {
      if (workload.pod.cgroup_path == path) return uid;
    }
    ADD_FAILURE() << "no workload at " << path;
    return {};
  }
  std::set<pid_t> pids_at(const std::string& path) {
    const auto pods = processes_->of(std::set{pod_at(path)});
    EXPECT_TRUE(pods.has_value()) << pods.error().text();
    std::set<pid_t> pids;
    for (const Shared<PodProcesses>& pod : **pods) {
      for (const Shared<Process>& process : pod->processes) pids.insert(process->id.tid);
    }
    return pids;
  }

  // Some are a little late where moves are not told.
  void expect_pids(const std::string& path, const std::set<pid_t>& expected) {
    EXPECT_TRUE(eventually(
        [&] {
          processes_->wait(1ms);
          return pids_at(path) == expected;
        },
        10s));
    EXPECT_EQ(pids_at(path), expected);
  }

  SteadyClock clock_;
  std::unique_ptr<CgroupTree> tree_;
  std::unique_ptr<Processes> processes_;
};

TEST_P(ProcessesContract, that_start_and_move_by_the_hundred_are_seen_at_once) {
  std::set<pid_t> expected;
  for (int i = 0; i < 100; ++i) expected.insert(sleeper("/mine/pod"));
  expect_pids("/mine/pod", expected);
  make("/elsewhere");
  for (int i = 0; i < 100; ++i) sleeper("/elsewhere");
  expect_pids("/mine/pod", expected);
  for (const pid_t child : children_) {
    move(child, "/mine/pod");
    expected.insert(child);
  }
  expect_pids("/mine/pod", expected);
  EXPECT_EQ(expected.size(), 200U);
  while (children_.size() > 50) {
    expected.erase(children_.back());
    end(children_.back());
  }
  expect_pids("/mine/pod", expected);
}

TEST_P(ProcessesContract, in_cgroups_below_the_pod_belong_to_it) {
  ASSERT_TRUE(write_given_labels(hierarchy_.root + "/mine/pod", {{{"a", "b"}}, ""}).has_value());
  const pid_t first = sleeper("/mine/pod");
  expect_pids("/mine/pod", {first});
  make("/mine/pod/inner");
  move(first, "/mine/pod/inner");
  const pid_t second = sleeper("/mine/pod/inner");
  expect_pids("/mine/pod", {first, second});
}

TEST_P(ProcessesContract, of_what_becomes_a_workload_later_are_followed_from_then_on) {
  std::array<int, 2> orders{};
  std::array<int, 2> answers{};
  ASSERT_EQ(::pipe2(orders.data(), O_CLOEXEC) + ::pipe2(answers.data(), O_CLOEXEC), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (char order = 0; ::read(orders[0], &order, 1) == 1;) {
      const pid_t child = ::fork();
      if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) ::pause();
      }
      (void)!::write(answers[1], &child, sizeof child);
    }
    ::_exit(0);
  }
  children_.push_back(parent);
  const auto fork_one = [&] {
    pid_t child = 0;
    (void)!::write(orders[1], "f", 1);
    EXPECT_EQ(::read(answers[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
    return child;
  };
  // With a workload below and no labels it is none itself.
  move(parent, "/mine");
  std::set<pid_t> expected{parent, fork_one(), fork_one()};
  expect_pids("/mine/pod", {});
  ASSERT_TRUE(write_given_labels(hierarchy_.root + "/mine", {{{"a", "b"}}, ""}).has_value());
  expect_pids("/mine", expected);
  expected.insert(fork_one());
  expect_pids("/mine", expected);
  EXPECT_EQ(processes_->status().repaired, 0U) << "not by an audit";
  for (const int end : {orders[0], orders[1], answers[0], answers[1]}) ::close(end);
}

TEST_P(ProcessesContract, in_threaded_cgroups_are_seen_with_all_their_threads) {
  if (hierarchy_.version == CgroupVersion::v1) GTEST_SKIP() << "threaded cgroups are a thing of v2";
  ASSERT_TRUE(write_given_labels(hierarchy_.root + "/mine/pod", {{{"a", "b"}}, ""}).has_value());
  const std::string inner = make("/mine/pod/inner");
  std::ofstream(inner + "/cgroup.type") << "threaded" << std::flush;
  const pid_t child = sleeper("/mine/pod");
  std::ofstream(inner + "/cgroup.threads") << child << std::flush;
  std::ifstream listed(inner + "/cgroup.threads");
  pid_t there = 0;
  listed >> there;
  ASSERT_EQ(there, child);
  expect_pids("/mine/pod", {child});
}

TEST_P(ProcessesContract, have_what_proc_says) {
  const pid_t child = sleeper("/mine/pod", "odd (name) 1");
  expect_pids("/mine/pod", {child});
  const auto pods = processes_->of(std::set{pod_at("/mine/pod")});
  ASSERT_TRUE(pods.has_value());
  ASSERT_EQ((*pods)->size(), 1U);
  EXPECT_EQ((*pods)->front()->cgroup->path, "/mine/pod");
  ASSERT_EQ((*pods)->front()->processes.size(), 1U);
  const Process& process = *(*pods)->front()->processes.front();
  EXPECT_EQ(process.id.tid, child);
  EXPECT_GT(process.id.start_ticks, 0U);
  EXPECT_EQ(process.parent, ::getpid());
  EXPECT_EQ(process.comm, "odd (name) 1");
  // Sanitizers add threads of their own.
  EXPECT_THAT(process.threads, ::testing::Contains(Thread{process.id, process.comm}));
}

TEST_P(ProcessesContract, say_what_they_run_where_that_is_wanted) {
  const PodUid pod = pod_at("/mine/pod");
  const pid_t child = ::fork();
  if (child == 0) {
    std::ofstream(hierarchy_.root + "/mine/pod/cgroup.procs") << ::getpid() << std::flush;
    ::execl("/bin/sleep", "sleep", "600", nullptr);
    ::_exit(1);
  }
  children_.push_back(child);
  expect_pids("/mine/pod", {child});
  const auto cmdline = [&] {
    const auto pods = processes_->of(std::set{pod});
    const auto& processes = (*pods)->front()->processes;
    return processes.empty() ? std::string("none") : processes.front()->program->cmdline;
  };
  EXPECT_EQ(cmdline(), "");
  processes_->tell_programs_of(std::set{pod});
  EXPECT_TRUE(eventually([&] { return cmdline() == "sleep 600"; }, 5s)) << cmdline();
}

TEST_P(ProcessesContract, of_a_pod_that_is_gone_or_unknown_are_left_out) {
  const PodUid pod = pod_at("/mine/pod");
  EXPECT_EQ((*processes_->of(std::set{pod, PodUid("unknown")}))->size(), 1U);
  ASSERT_EQ(::rmdir((hierarchy_.root + "/mine/pod").c_str()), 0);
  EXPECT_THAT(**processes_->of(std::set{pod}), IsEmpty());
}

TEST_P(ProcessesContract, of_every_workload_are_all) {
  make("/mine/other");
  const pid_t one = sleeper("/mine/pod");
  const pid_t two = sleeper("/mine/other");
  expect_pids("/mine/pod", {one});
  expect_pids("/mine/other", {two});
  const auto pods = processes_->all();
  ASSERT_TRUE(pods.has_value());
  std::map<std::string, pid_t> found;
  for (const Shared<PodProcesses>& pod : *pods) {
    ASSERT_EQ(pod->processes.size(), 1U);
    found[pod->cgroup->path] = pod->processes.front()->id.tid;
  }
  EXPECT_EQ(found, (std::map<std::string, pid_t>{{"/mine/pod", one}, {"/mine/other", two}}));
}

TEST_P(ProcessesContract, of_every_kind_notice_changes_or_say_that_they_do_not) {
  const PodUid pod = pod_at("/mine/pod");
  ASSERT_TRUE(processes_->of(std::set{pod}));
  EXPECT_EQ(processes_->notices_changes(), GetParam() != DiscoverySource::scan);
  EXPECT_EQ(processes_->status().source, GetParam());
  if (!processes_->notices_changes()) return;
  sleeper("/mine/pod");
  const auto begin = clock_.monotonic();
  processes_->wait(10s);
  EXPECT_LT(clock_.monotonic() - begin, 5s);
  expect_pids("/mine/pod", {children_.back()});
}

TEST_P(ProcessesContract, of_every_kind_wait_no_longer_than_they_are_told_to) {
  const auto wait = [this](std::chrono::nanoseconds most) {
    const auto begin = clock_.monotonic();
    processes_->wait(most);
    return clock_.monotonic() - begin;
  };
  const auto slept = wait(50ms);
  EXPECT_GE(slept, 50ms);
  EXPECT_LT(slept, 5s);
  processes_->interrupt();
  processes_->interrupt();
  EXPECT_LT(wait(10s), 5s) << "it was interrupted before";
  std::thread other([this] {
    std::this_thread::sleep_for(20ms);
    processes_->interrupt();
  });
  EXPECT_LT(wait(std::chrono::nanoseconds::max()), 5s);
  other.join();
  EXPECT_GE(wait(20ms), 20ms) << "an interrupt ends one wait";
}

TEST_P(ProcessesContract, are_not_said_to_have_ended_when_no_file_can_be_opened) {
  expect_pids("/mine/pod", {sleeper("/mine/pod")});
  const PodUid pod = pod_at("/mine/pod");
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  const auto pods = processes_->of(std::set{pod});
  ::setrlimit(RLIMIT_NOFILE, &before);
  // Who is told of everything needs no file for it.
  EXPECT_FALSE(pods && GetParam() == DiscoverySource::scan);
  if (pods) {
    EXPECT_EQ((*pods)->front()->processes.size(), 1U);
  } else {
    EXPECT_EQ(pods.error().code, Errc::unavailable);
  }
  EXPECT_EQ((*processes_->of(std::set{pod}))->front()->processes.size(), 1U);
}

TEST_P(ProcessesContract, with_a_name_of_their_choice_are_found_under_it) {
  const pid_t child = sleeper("/mine/pod", ") R 1 (");
  expect_pids("/mine/pod", {child});
  EXPECT_EQ((*processes_->of(std::set{pod_at("/mine/pod")}))->front()->processes.front()->comm,
            ") R 1 (");
}

TEST_P(ProcessesContract, that_start_and_end_all_the_time_leave_nothing_behind) {
  const PodUid pod = pod_at("/mine/pod");
  const pid_t parent = ::fork();
  if (parent == 0) {
    std::ofstream(hierarchy_.root + "/mine/pod/cgroup.procs") << ::getpid() << std::flush;
    for (int i = 0; i < 2'000; ++i) {
      const pid_t child = ::fork();
      if (child == 0) ::_exit(0);
      ::waitpid(child, nullptr, 0);
    }
    ::_exit(0);
  }
  while (::waitpid(parent, nullptr, WNOHANG) == 0) ASSERT_TRUE(processes_->of(std::set{pod}));
  expect_pids("/mine/pod", {});
}

INSTANTIATE_TEST_SUITE_P(Sources,
                         ProcessesContract,
                         ::testing::Values(DiscoverySource::bpf,
                                           DiscoverySource::netlink,
                                           DiscoverySource::scan),
                         [](const auto& source) { return std::string(name(source.param)); });

}  // namespace
}  // namespace gthulhu
