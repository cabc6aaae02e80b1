// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "adapters/crypto/argon2_passwords.h"
#include "tests/fakes/fake_passwords.h"
#include "tests/fakes/fake_random.h"

namespace gthulhu {
namespace {

struct PasswordsKind {
  std::string name;
  std::function<std::unique_ptr<Passwords>(Random&)> make;
};

class PasswordsContract : public ::testing::TestWithParam<PasswordsKind> {
 protected:
  FakeRandom random_{1};
  std::unique_ptr<Passwords> passwords_ = GetParam().make(random_);
};

TEST_P(PasswordsContract, a_password_matches_its_own_hash_only) {
  const std::string stored = passwords_->hash("correct horse").value();

  EXPECT_TRUE(passwords_->verify("correct horse", stored).value());
  for (const std::string_view wrong : {"", "correct", "correct horse ", "Correct horse"}) {
    EXPECT_FALSE(passwords_->verify(wrong, stored).value()) << wrong;
  }
}

TEST_P(PasswordsContract, the_hash_is_not_the_password) {
  EXPECT_NE(passwords_->hash("s3cret").value(), "s3cret");
}

TEST_P(PasswordsContract, what_is_no_hash_is_corrupt) {
  for (const std::string_view stored : {"", "s3cret", "$", "$unknown$s3cret"}) {
    EXPECT_EQ(passwords_->verify("s3cret", stored).error().code, Errc::corrupt) << stored;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Passwords,
    PasswordsContract,
    ::testing::Values(
        PasswordsKind{"argon2",
                      [](Random& random) { return std::make_unique<Argon2Passwords>(random); }},
        PasswordsKind{"fake", [](Random&) { return std::make_unique<FakePasswords>(); }}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gthulhu
