// SPDX-License-Identifier: Apache-2.0
#include "core/plan/protection.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

TEST(Protection, pods_of_kube_system_are_protected_and_others_are_not) {
  EXPECT_TRUE(is_protected({}, Namespace("kube-system")));
  EXPECT_TRUE(is_protected({{"app", "web"}}, Namespace("kube-system")));
  EXPECT_FALSE(is_protected({{"app", "web"}}, Namespace("default")));
  EXPECT_FALSE(is_protected({}, Namespace("kube-system-2")));
  EXPECT_FALSE(is_protected({}, Namespace()));
}

TEST(Protection, the_pods_and_units_of_this_system_are_protected_wherever_they_run) {
  const Namespace anywhere("tools");
  EXPECT_TRUE(is_protected({{"app.kubernetes.io/part-of", "gthulhu"}}, anywhere));
  EXPECT_TRUE(is_protected({{"app", "decisionmaker"}}, anywhere));
  EXPECT_TRUE(is_protected({{"systemd.unit", "gthulhu.service"}}, Namespace("system")));
  EXPECT_FALSE(is_protected({{"app.kubernetes.io/part-of", "gthulhu-web"}}, anywhere));
  EXPECT_FALSE(is_protected({{"app", "decisionmaker-2"}}, anywhere));
  EXPECT_FALSE(is_protected({{"systemd.unit", "ssh.service"}}, Namespace("system")));
  EXPECT_FALSE(is_protected({{"gthulhu", "app"}}, anywhere));
}

}  // namespace
}  // namespace gthulhu
