// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/proc_tasks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "adapters/cfs/test_machine.h"

namespace gthulhu {
namespace {

TEST(ProcTasks, the_line_of_the_cpu_controller_is_taken) {
  constexpr std::string_view hybrid =
      "9:name=systemd:/s\n3:cpuset:/set\n2:cpu,cpuacct:/kube pods/a:b\n0::/unified\n";
  EXPECT_EQ(parse_proc_cgroup(hybrid, CgroupVersion::v1), "/kube pods/a:b");
  EXPECT_EQ(parse_proc_cgroup(hybrid, CgroupVersion::v2), "/unified");
  EXPECT_EQ(parse_proc_cgroup("0::/\n", CgroupVersion::v2), "/");
  EXPECT_EQ(parse_proc_cgroup("3:cpuset:/x\n", CgroupVersion::v1), "");
}

TEST(ProcTasks, this_process_is_found_with_its_threads_and_parents) {
  const ProcTasks files("/proc", CpuHierarchy{});
  const pid_t self = ::getpid();
  EXPECT_EQ(files.stat(self)->parent, ::getppid());
  EXPECT_EQ(files.process_of(self)->tid, self);
  EXPECT_LE(files.stat(self)->start_ticks, ticks_since_boot());
  EXPECT_GE(files.stat(self)->start_ticks + 100'000, ticks_since_boot());
  EXPECT_EQ(files.ancestors(self).at(0), ::getppid());
  const auto tasks = files.all_tasks();
  EXPECT_NE(std::find(tasks.begin(), tasks.end(), self), tasks.end());
  EXPECT_FALSE(files.boot_id()->empty());
}

TEST(ProcTasks, a_thread_belongs_to_its_process) {
  const testing::TestProcess process;
  const pid_t thread = process.start_thread();
  const ProcTasks files("/proc", CpuHierarchy{});
  EXPECT_EQ(*files.process_of(thread), testing::task_id(process.pid()));
}

TEST(ProcTasks, a_task_that_is_gone_is_not_found) {
  testing::TestProcess process;
  const pid_t pid = process.pid();
  process.end();
  const ProcTasks files("/proc", CpuHierarchy{});
  EXPECT_EQ(files.stat(pid).error().code, Errc::not_found);
  EXPECT_EQ(files.cgroup(pid).error().code, Errc::not_found);
  EXPECT_TRUE(files.ancestors(pid).empty());
}

}  // namespace
}  // namespace gthulhu
