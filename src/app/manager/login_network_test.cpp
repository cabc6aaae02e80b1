// SPDX-License-Identifier: Apache-2.0
#include "app/manager/login_network.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

TEST(LoginNetwork, of_an_address_is_the_address_or_the_64_of_ipv6) {
  EXPECT_EQ(login_network("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(login_network("[2001:db8::1]"), "20010db800000000/64");
  EXPECT_EQ(login_network("[2001:db8::1]"), login_network("[2001:db8::ffff:1:2:3]"));
  EXPECT_NE(login_network("[2001:db8::1]"), login_network("[2001:db8:0:1::1]"));
  EXPECT_NE(login_network("[::ffff:192.0.2.1]"), login_network("[::ffff:192.0.2.2]"));
  EXPECT_EQ(login_network("[fe80::1%eth0]"), login_network("[fe80::2%eth0]"));
  EXPECT_NE(login_network("[fe80::1%eth0]"), login_network("[fe80::1%eth1]"));
  EXPECT_EQ(login_network("[no address]"), "[no address]");
  EXPECT_EQ(login_network(""), "");
}

}  // namespace
}  // namespace gthulhu
