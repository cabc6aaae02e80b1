// SPDX-License-Identifier: Apache-2.0
#include "core/access/password_rules.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "core/model/object_id.h"

namespace gthulhu {
namespace {

class SeededRandom : public Random {
 public:
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(engine_());
  }

 private:
  std::mt19937 engine_{7};
};

TEST(PasswordRules, eight_characters_are_enough_and_seven_are_not) {
  EXPECT_TRUE(check_new_password("12345678", "newPassword"));
  const Result<> answer = check_new_password("1234567", "newPassword");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "newPassword must have between 8 and 1024 characters");
  EXPECT_FALSE(check_new_password(std::string(1'025, 'x'), "newPassword"));
}

TEST(PasswordRules, made_up_passwords_differ_and_have_no_confusing_letters) {
  SeededRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string password = make_up_password(random);
    EXPECT_EQ(password.size(), 24u);
    EXPECT_EQ(password.find_first_of("0O1lI"), std::string::npos);
    seen.insert(password);
  }
  EXPECT_EQ(seen.size(), 100u);
}

TEST(ObjectId, begins_with_the_seconds_and_is_never_the_same) {
  SeededRandom random;
  const TimePoint now{std::chrono::seconds{0x64b00000}};
  const std::string id = new_object_id(now, random);
  EXPECT_EQ(id.size(), 24u);
  EXPECT_EQ(id.substr(0, 8), "64b00000");
  EXPECT_NE(id, new_object_id(now, random));
}

}  // namespace
}  // namespace gthulhu
