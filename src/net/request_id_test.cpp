// SPDX-License-Identifier: Apache-2.0
#include "net/request_id.h"

#include <gtest/gtest.h>

#include <set>

namespace gthulhu::net {
namespace {

TEST(RequestId, made_ones_are_legal_and_never_the_same) {
  RequestIds ids("0123456789ab");
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = ids.next();
    EXPECT_EQ(id.size(), 24);
    EXPECT_TRUE(is_request_id(id)) << id;
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 1000);
}

TEST(RequestId, the_clients_own_is_kept_when_it_can_do_no_harm) {
  RequestIds ids("");
  EXPECT_EQ(ids.of({{"x-request-id", "7f3a-42_A.b:c"}}), "7f3a-42_A.b:c");
  EXPECT_EQ(ids.of({{"X-Request-ID", std::string(128, 'a')}}), std::string(128, 'a'));
  const std::vector<std::string> refused = {"",     "a b",  "a\"b",  "a'b",
                                            "a\\b", "a\tb", "\x80x", std::string(129, 'a')};
  for (const std::string& bad : refused) {
    EXPECT_NE(ids.of({{"X-Request-ID", bad}}), bad);
  }
  EXPECT_NE(ids.of({}), "");
}

}  // namespace
}  // namespace gthulhu::net
