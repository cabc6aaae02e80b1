// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/task_files.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "adapters/cgroupfs/test_ground.h"

namespace gthulhu {
namespace {

std::string stat_line(const std::string& comm, int parent, int start) {
  return "7 (" + comm + ") S " + std::to_string(parent) +
         " 7 7 0 -1 4194560 1 0 0 0 3 4 0 0 20 0 1 0 " + std::to_string(start) +
         " 1000 200 18446744073709551615 1 1 0\n";
}

TEST(TaskFiles, read_the_tree_they_are_given) {
  const TempTree proc({{"7/task/7/stat", stat_line("my (odd) name", 1, 55)},
                       {"7/comm", "my (odd) name\n"},
                       {"7/status", "Name:\tx\nTgid:\t5\n"},
                       {"8/task/8/stat", "nonsense"}});
  auto files = TaskFiles::open(proc.root());
  ASSERT_TRUE(files.has_value());
  EXPECT_EQ(**files->stat(7), (TaskStat{"my (odd) name", 1, 55}));
  EXPECT_EQ(**files->comm(7), "my (odd) name");
  EXPECT_EQ(**files->process_of(7), 5);
  EXPECT_FALSE(files->stat(9)->has_value());
  EXPECT_EQ(files->stat(8).error().code, Errc::corrupt);
}

TEST(TaskFiles, read_what_a_task_used) {
  const std::string sched = "x (7, #threads: 1)\nse.nr_migrations : 4\nnr_voluntary_switches : 5\n";
  const TempTree proc({{"7/task/7/stat", stat_line("x", 1, 55)},
                       {"7/schedstat", "10 20 3\n"},
                       {"7/sched", sched},
                       {"7/status", "voluntary_ctxt_switches:\t99\n"},
                       {"8/task/8/stat", stat_line("x", 1, 55)},
                       {"8/status", "voluntary_ctxt_switches:\t99\n"}});
  auto files = TaskFiles::open(proc.root());
  ASSERT_TRUE(files.has_value());
  EXPECT_EQ(**files->usage({7, 55}),
            (TaskUsage{
                .cpu_ns = 10, .wait_ns = 20, .runs = 3, .voluntary_switches = 5, .migrations = 4}));
  EXPECT_EQ(**files->usage({8, 55}), (TaskUsage{.voluntary_switches = 99}))
      << "a kernel without the other files";
  EXPECT_FALSE(files->usage({7, 56})->has_value()) << "another task has the number";
  EXPECT_FALSE(files->usage({9, 55})->has_value());
}

TEST(TaskFiles, see_each_threads_own_use) {
  auto files = TaskFiles::open("/proc");
  ASSERT_TRUE(files.has_value());
  std::atomic<bool> is_done = false;
  std::atomic<pid_t> told = 0;
  std::thread other([&] {
    told = ::gettid();
    while (!is_done) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  while (told == 0) std::this_thread::yield();
  const auto stat = files->stat(told);
  ASSERT_TRUE(stat && *stat);
  std::optional<TaskUsage> usage;
  for (int i = 0; i < 2'000 && (!usage || usage->voluntary_switches < 5); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    usage = *files->usage({told, (*stat)->start_ticks});
  }
  is_done = true;
  other.join();
  ASSERT_TRUE(usage);
  EXPECT_GE(usage->voluntary_switches, 5u);
  EXPECT_GT(usage->cpu_ns, 0u);
  EXPECT_GE(usage->runs, 5u);
  // The kernel shows it for a moment after it was waited for.
  EXPECT_TRUE(eventually([&] { return !files->usage({told, (*stat)->start_ticks})->has_value(); }));
}

TEST(TaskFiles, know_what_a_process_runs_and_no_more_than_that_of_long_arguments) {
  auto files = TaskFiles::open("/proc");
  ASSERT_TRUE(files);
  const pid_t child = ::fork();
  if (child == 0) {
    // 100,000 bytes of arguments for a shell that stops itself.
    const std::string long_one(100'000, 'x');
    ::execl("/bin/sh", "/bin/sh", "-c", "kill -STOP $$", long_one.c_str(), nullptr);
    ::_exit(1);
  }
  std::optional<Program> program;
  for (int i = 0; i < 2'000 && (!program || !program->cmdline.starts_with("/bin/sh")); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    program = *files->program(child);
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ASSERT_TRUE(program);
  EXPECT_TRUE(program->exe.starts_with("/")) << program->exe;
  EXPECT_TRUE(program->cmdline.starts_with("/bin/sh -c kill -STOP $$ xxx")) << program->cmdline;
  EXPECT_EQ(program->cmdline.size(), Program::cmdline_most);
  EXPECT_EQ(*files->program(child), std::nullopt) << "it has ended";
  EXPECT_EQ(files->trouble(), "");
}

TEST(TaskFiles, know_a_thread_of_this_process) {
  auto files = TaskFiles::open("/proc");
  ASSERT_TRUE(files.has_value());
  pid_t tid = 0;
  std::atomic<bool> is_done = false;
  std::atomic<pid_t> told = 0;
  std::thread other([&] {
    ::prctl(PR_SET_NAME, "a (b) c");
    told = ::gettid();
    while (!is_done) std::this_thread::yield();
  });
  while ((tid = told) == 0) std::this_thread::yield();
  const auto stat = files->stat(tid);
  const auto process = files->process_of(tid);
  const auto own = files->stat(::getpid());
  is_done = true;
  other.join();
  ASSERT_TRUE(stat && *stat && process && *process && own && *own);
  EXPECT_EQ((*stat)->comm, "a (b) c");
  EXPECT_EQ((*stat)->parent, ::getppid());
  EXPECT_GE((*stat)->start_ticks, (*own)->start_ticks);
  EXPECT_EQ(**process, ::getpid());
}

}  // namespace
}  // namespace gthulhu
