// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/token_file.h"

#include <gtest/gtest.h>

#include "adapters/kube/bearer_token.h"
#include "adapters/kube/test_ground.h"
#include "tests/fakes/fake_clock.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

struct TokenFileTest : testing::Test {
  KubeGround ground;
  FakeClock clock;
  TokenFile file{ground.file("token"), "the token file", clock};
};

TEST(BearerToken, is_visible_ascii) {
  EXPECT_TRUE(is_bearer_token("eyJh.b-_~+/="));
  for (const char* text : {"", "a b", "a\nb", "a\rb", "a\x7f", "\xc3\xbc"}) {
    EXPECT_FALSE(is_bearer_token(text)) << text;
  }
}

TEST_F(TokenFileTest, blanks_and_line_ends_around_a_token_are_none_of_it) {
  ground.write("token", " one\r\n\n");
  EXPECT_EQ(file.token().value(), "one");
}

TEST_F(TokenFileTest, is_read_again_after_a_minute_and_not_before) {
  ground.write("token", "one");
  EXPECT_EQ(file.token().value(), "one");
  ground.write("token", "two");
  clock.advance(59s);
  EXPECT_EQ(file.token().value(), "one");
  clock.advance(1s);
  EXPECT_EQ(file.token().value(), "two");
}

TEST_F(TokenFileTest, a_wall_clock_that_is_set_makes_no_difference) {
  ground.write("token", "one");
  EXPECT_EQ(file.token().value(), "one");
  ground.write("token", "two");
  clock.set(clock.now() + 24h);
  EXPECT_EQ(file.token().value(), "one");
}

TEST_F(TokenFileTest, a_forgotten_token_is_read_anew) {
  ground.write("token", "one");
  EXPECT_EQ(file.token().value(), "one");
  ground.write("token", "two");
  file.forget();
  EXPECT_EQ(file.token().value(), "two");
}

TEST_F(TokenFileTest, the_last_token_stays_while_the_file_cannot_be_read) {
  ground.write("token", "one");
  EXPECT_EQ(file.token().value(), "one");
  for (const char* content : {"", "not one\ntoken"}) {
    ground.write("token", content);
    clock.advance(2min);
    EXPECT_EQ(file.token().value(), "one");
  }
  ground.remove("token");
  clock.advance(2min);
  EXPECT_EQ(file.token().value(), "one");
  // And the file is looked at again with each call.
  ground.write("token", "two");
  EXPECT_EQ(file.token().value(), "two");
}

TEST_F(TokenFileTest, a_forgotten_token_does_not_come_back_when_the_file_is_gone) {
  ground.write("token", "one");
  EXPECT_EQ(file.token().value(), "one");
  ground.remove("token");
  file.forget();
  EXPECT_EQ(error_of(file.token()).code, Errc::not_found);
}

TEST_F(TokenFileTest, errors_name_the_file_and_do_not_quote_it) {
  EXPECT_EQ(error_of(file.token()).message, "the token file " + ground.file("token") +
                                                " cannot be read: No such file or directory");
  ground.write("token", "\n");
  EXPECT_EQ(error_of(file.token()).message, "the token file " + ground.file("token") + " is empty");
  ground.write("token", "secret one");
  const Error error = error_of(file.token());
  EXPECT_EQ(error.code, Errc::corrupt);
  EXPECT_EQ(error.text(),
            "the token file " + ground.file("token") + " holds something else than one token");
}

}  // namespace
}  // namespace gthulhu
