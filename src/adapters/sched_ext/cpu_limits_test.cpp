// SPDX-License-Identifier: Apache-2.0
#include "adapters/sched_ext/cpu_limits.h"

#include <gtest/gtest.h>

#include "adapters/sched_ext/test_kernel.h"

namespace gthulhu {
namespace {

using testing::write_file;

class CpuLimits : public ::testing::Test {
 protected:
  [[nodiscard]] std::optional<std::string> limited(CgroupVersion version) const {
    return find_cpu_limit({.version = version, .root = directory_.path()});
  }
  void write(const std::string& path, const std::string& text) const {
    write_file(directory_.path() + path, text);
  }
  const TempDirectory directory_;
};

TEST_F(CpuLimits, max_is_no_limit_whatever_its_period) {
  write("/kubepods/podx/cpu.max", "max 100000\n");
  write("/kubepods/podx/c/cpu.max", "max 5000\n");
  write("/kubepods/podx/c/cpu.max.burst", "0\n");
  write("/system.slice/cgroup.procs", "");
  EXPECT_EQ(limited(CgroupVersion::v2), std::nullopt);
}

TEST_F(CpuLimits, a_limit_is_found_however_deep) {
  write("/kubepods/podx/cpu.max", "max 100000\n");
  write("/kubepods/podx/c/cpu.max", "50000 100000\n");
  EXPECT_EQ(limited(CgroupVersion::v2), "/kubepods/podx/c");
}

TEST_F(CpuLimits, in_v1_a_quota_above_0_is_one) {
  write("/kubepods/podx/cpu.cfs_quota_us", "-1\n");
  write("/kubepods/pody/cpu.max", "5 10\n");
  EXPECT_EQ(limited(CgroupVersion::v1), std::nullopt);
  write("/kubepods/podx/cpu.cfs_quota_us", "20000\n");
  EXPECT_EQ(limited(CgroupVersion::v1), "/kubepods/podx");
}

TEST_F(CpuLimits, where_there_is_no_hierarchy_there_is_none) {
  EXPECT_EQ(find_cpu_limit({.root = directory_.path() + "/gone"}), std::nullopt);
}

}  // namespace
}  // namespace gthulhu
