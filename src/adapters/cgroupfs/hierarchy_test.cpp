// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/hierarchy.h"

#include <gtest/gtest.h>

#include "adapters/cgroupfs/test_ground.h"

namespace gthulhu {
namespace {

constexpr const char* hybrid_mounts =
    "22 1 254:0 / / rw,relatime - ext4 /dev/root rw\n"
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "33 31 0:30 / /sys/fs/cgroup/cpuset rw,relatime shared:5 - cgroup cgroup rw,cpuset\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:4 - cgroup cgroup rw,cpu,cpuacct\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw\n";

constexpr const char* v2_mount =
    "28 23 0:25 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

TEST(Hierarchy, is_v2_where_its_root_offers_cpu) {
  const TempTree host({{"proc/self/mountinfo", v2_mount},
                       {"sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n"},
                       {"run/systemd/system/", ""}});
  const auto found = find_cpu_hierarchy(host.root());
  ASSERT_TRUE(found.has_value()) << found.error().text();
  EXPECT_EQ(*found, (CpuHierarchy{CgroupVersion::v2, host.root() + "/sys/fs/cgroup", true}));
}

TEST(Hierarchy, of_a_hybrid_host_is_the_v1_one_with_cpu) {
  const TempTree host(
      {{"proc/self/mountinfo", hybrid_mounts}, {"sys/fs/cgroup/unified/cgroup.controllers", "\n"}});
  const auto found = find_cpu_hierarchy(host.root());
  ASSERT_TRUE(found.has_value()) << found.error().text();
  EXPECT_EQ(*found,
            (CpuHierarchy{CgroupVersion::v1, host.root() + "/sys/fs/cgroup/cpu,cpuacct", false}));
}

TEST(Hierarchy, cpuset_is_not_taken_for_cpu) {
  const TempTree host(
      {{"proc/self/mountinfo",
        "33 31 0:30 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n" +
            std::string(v2_mount)},
       {"sys/fs/cgroup/cgroup.controllers", "cpuset memory\n"}});
  const auto found = find_cpu_hierarchy(host.root());
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, Errc::unsupported);
}

TEST(Hierarchy, the_mount_that_shows_the_host_is_preferred) {
  const TempTree host({{"proc/self/mountinfo",
                        std::string(v2_mount) +
                            "90 23 0:25 /../.. /host\\040cgroup ro,relatime - cgroup2 cgroup2 rw\n"
                            "91 23 0:25 /kubepods/podx /part rw,relatime - cgroup2 cgroup2 rw\n"},
                       {"sys/fs/cgroup/cgroup.controllers", "cpu\n"},
                       {"host cgroup/cgroup.controllers", "cpu\n"},
                       {"part/cgroup.controllers", "cpu\n"}});
  const auto found = find_cpu_hierarchy(host.root());
  ASSERT_TRUE(found.has_value()) << found.error().text();
  EXPECT_EQ(found->root, host.root() + "/host cgroup");
}

TEST(Hierarchy, damaged_mount_lines_are_passed_over) {
  const TempTree host({{"proc/self/mountinfo",
                        "\n- cgroup2\n1 2 3 / /x rw - cgroup2\n28 23 - cgroup cgroup rw,cpu\n"}});
  EXPECT_EQ(find_cpu_hierarchy(host.root()).error().code, Errc::unsupported);
}

TEST(Hierarchy, of_the_own_process_is_read_from_its_line) {
  constexpr const char* text =
      "9:name=systemd:/user.slice\n3:cpuset:/c\n2:cpu,cpuacct:/a/b\n0::/user.slice/x.scope\n";
  EXPECT_EQ(*cgroup_in(CgroupVersion::v1, text), "/a/b");
  EXPECT_EQ(*cgroup_in(CgroupVersion::v2, text), "/user.slice/x.scope");
  EXPECT_EQ(*cgroup_in(CgroupVersion::v2, "0::/\n"), "");
  EXPECT_FALSE(cgroup_in(CgroupVersion::v2, "0::/../../podB/cid\n").has_value());
  EXPECT_FALSE(cgroup_in(CgroupVersion::v1, "0::/x\n").has_value());
}

TEST(Hierarchy, of_this_machine_has_weights_and_holds_this_process) {
  const auto found = find_cpu_hierarchy();
  ASSERT_TRUE(found.has_value()) << found.error().text();
  const auto own = own_cgroup(*found);
  ASSERT_TRUE(own.has_value()) << own.error().text();
  std::ifstream processes(found->root + *own + "/cgroup.procs");
  bool is_in = false;
  for (pid_t process = 0; processes >> process;) is_in = is_in || process == ::getpid();
  EXPECT_TRUE(is_in) << found->root << *own;
}

}  // namespace
}  // namespace gthulhu
