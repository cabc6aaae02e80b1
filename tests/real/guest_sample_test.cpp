// SPDX-License-Identifier: Apache-2.0
//
// What the guest of tests/real/guest_test.sh promises, and the cases by which it must fail.
#include <gtest/gtest.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace {

constexpr long cgroup2_magic = 0x63677270;  // CGROUP2_SUPER_MAGIC of linux/magic.h

std::string content_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(Guest, runs_programs_as_root_on_the_reference_kernel) {
  utsname kernel{};
  ASSERT_EQ(uname(&kernel), 0);
  EXPECT_TRUE(std::string_view(kernel.release).starts_with("6.18.")) << kernel.release;
  EXPECT_EQ(geteuid(), 0U);
}

TEST(Guest, has_pure_cgroup_v2_with_the_cpu_controller_on) {
  struct statfs root{};
  ASSERT_EQ(statfs("/sys/fs/cgroup", &root), 0);
  EXPECT_EQ(root.f_type, cgroup2_magic);
  EXPECT_NE(content_of("/sys/fs/cgroup/cgroup.subtree_control").find("cpu"), std::string::npos);
  EXPECT_EQ(content_of("/proc/self/cgroup"), "0::/\n");
}

TEST(Guest, tells_the_program_that_it_is_one) {
  EXPECT_STREQ(std::getenv("GTHULHU_GUEST"), "1");
}

// Run only by the ctest cases that expect a failure.
TEST(DISABLED_MustFail, a_failed_expectation_fails_the_run) {
  FAIL() << "failed on purpose";
}

}  // namespace
