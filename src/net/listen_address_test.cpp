// SPDX-License-Identifier: Apache-2.0
#include "net/listen_address.h"

#include <gmock/gmock.h>

namespace gthulhu::net {
namespace {

using testing::HasSubstr;

TEST(ListenAddress, is_read_and_written_the_same_way) {
  const std::vector<std::pair<std::string, ListenAddress>> cases = {
      {":8081", {"", 8081}},
      {"127.0.0.1:0", {"127.0.0.1", 0}},
      {"[::1]:80", {"::1", 80}},
      {"localhost:65535", {"localhost", 65535}},
  };
  for (const auto& [text, address] : cases) {
    const auto parsed = parse_listen_address(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, address);
    EXPECT_EQ(parsed->text(), text);
  }
}

TEST(ListenAddress, says_what_is_wrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "port is missing"},           {"localhost", "port is missing"},
      {"localhost:", "port is missing"}, {":65536", "0 to 65535"},
      {":http", "0 to 65535"},           {":-1", "0 to 65535"},
      {"::1:80", "into brackets"},       {"[::1:80", "closing bracket"},
      {"[]:80", "between the brackets"}, {"http://a:80", "into brackets"},
      {"a b:80", "no host name has"},
  };
  for (const auto& [text, why] : cases) {
    const auto parsed = parse_listen_address(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
    EXPECT_THAT(parsed.error().message, HasSubstr(why)) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("\"" + text + "\"")) << text;
  }
}

}  // namespace
}  // namespace gthulhu::net
