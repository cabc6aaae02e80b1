// SPDX-License-Identifier: Apache-2.0
#include "cli/cgroup_rule.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

TEST(CgroupRule, has_a_cgroup_a_priority_and_perhaps_a_slice) {
  EXPECT_EQ(*parse_cgroup_rule("/system.slice/nginx.service=10", "--rule"),
            (CgroupRule{"/system.slice/nginx.service", Priority::clamp(10), {}}));
  EXPECT_EQ(*parse_cgroup_rule("/a=-20,2ms", "--rule"),
            (CgroupRule{"/a", Priority::clamp(-20), Slice::clamp(2'000'000)}));
  EXPECT_EQ(parse_cgroup_rule("/a=b/=1", "--rule")->path, "/a=b");
}

TEST(CgroupRule, says_what_is_wrong_with_anything_else) {
  for (const char* text :
       {"", "/a", "/a=", "/a=x", "/a=1x", "/a=21", "/a=1,", "/a=1,1ns", "/a=1,2", "a=1", "=1",
        "/=1", "//=1", "/.=1", "/a/../..=1", "/a//b=1", "/a=1,2ms,3"}) {
    const auto answer = parse_cgroup_rule(text, "--rule");
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code, Errc::invalid_argument);
    EXPECT_TRUE(answer.error().message.starts_with("--rule")) << text << answer.error().text();
  }
}

}  // namespace
}  // namespace gthulhu
