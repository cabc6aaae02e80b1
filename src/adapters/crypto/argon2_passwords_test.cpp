// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/argon2_passwords.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "tests/fakes/fake_random.h"

namespace gthulhu {
namespace {

struct Argon2 : ::testing::Test {
  FakeRandom random{1};
  Argon2Passwords passwords{random};
};

TEST_F(Argon2, reads_what_the_go_library_wrote) {
  // golang.org/x/crypto/argon2 v0.31.0, IDKey(password, salt, 3, 16384, 2, 32)
  constexpr std::string_view stored =
      "$argon2id$v=19$m=16384,t=3,p=2$MDEyMzQ1Njc4OWFiY2RlZg$"
      "QyIIQI3k8nZOtQpX7wZ7MSWVvWHflbH05BRX8tNA65k";

  EXPECT_TRUE(passwords.verify("correct horse battery staple", stored).value());
  EXPECT_FALSE(passwords.verify("correct horse battery stapler", stored).value());
  EXPECT_FALSE(passwords.verify("", stored).value());
}

TEST_F(Argon2, agrees_with_the_vectors_of_the_reference_implementation) {
  // phc-winner-argon2, src/test.c, hashtest() for Argon2id version 0x13
  for (const std::string_view stored :
       {"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"}) {
    EXPECT_TRUE(passwords.verify("password", stored).value()) << stored;
    EXPECT_FALSE(passwords.verify("passwore", stored).value()) << stored;
  }
}

TEST_F(Argon2, a_new_hash_has_the_form_of_the_contract_and_verifies) {
  const std::string stored = passwords.hash("s3cret").value();

  EXPECT_EQ(stored.substr(0, 31), "$argon2id$v=19$m=16384,t=3,p=2$");
  EXPECT_EQ(stored.size(), 31u + 22 + 1 + 43);
  EXPECT_EQ(stored.find('='), stored.find("=19"));
  EXPECT_EQ(stored.back() == '=', false);
  EXPECT_TRUE(passwords.verify("s3cret", stored).value());
  EXPECT_FALSE(passwords.verify("S3cret", stored).value());
}

TEST_F(Argon2, the_same_password_gets_another_salt_each_time) {
  EXPECT_NE(passwords.hash("twin").value(), passwords.hash("twin").value());
}

TEST_F(Argon2, a_stored_text_that_is_none_or_asks_too_much_is_corrupt) {
  constexpr std::string_view salt = "$MDEyMzQ1Njc4OWFiY2RlZg";
  constexpr std::string_view key = "$QyIIQI3k8nZOtQpX7wZ7MSWVvWHflbH05BRX8tNA65k";
  const std::string tail = std::string(salt) + std::string(key);
  const std::string good = "$argon2id$v=19$m=64,t=1,p=1";
  ASSERT_TRUE(passwords.verify("x", good + tail).has_value());

  const std::string refused[] = {"",
                                 "secret",
                                 "$2a$10$abcdefghijklmnopqrstuv",
                                 "$argon2i$v=19$m=64,t=1,p=1" + tail,
                                 "$argon2id$v=16$m=64,t=1,p=1" + tail,
                                 "$argon2id$v=19$m=65537,t=1,p=1" + tail,
                                 "$argon2id$v=19$m=4294967295,t=1,p=1" + tail,
                                 "$argon2id$v=19$m=4294967296,t=1,p=1" + tail,
                                 "$argon2id$v=19$m=64,t=0,p=1" + tail,
                                 "$argon2id$v=19$m=64,t=11,p=1" + tail,
                                 "$argon2id$v=19$m=1024,t=1,p=17" + tail,
                                 "$argon2id$v=19$m=64,t=1,p=0" + tail,
                                 "$argon2id$v=19$m=15,t=1,p=2" + tail,
                                 "$argon2id$v=19$m=-64,t=1,p=1" + tail,
                                 "$argon2id$v=19$t=1,m=64,p=1" + tail,
                                 good + std::string(salt) + "$",
                                 good + "$" + std::string(key),
                                 good + "$c2FsdA" + std::string(key),
                                 good + std::string(salt) + std::string(key) + "=",
                                 good + tail + "$",
                                 good + "$" + std::string(200, 'A') + std::string(key),
                                 good + std::string(salt) + "$" + std::string(88, 'A')};
  for (const std::string& stored : refused) {
    const auto verified = passwords.verify("x", stored);
    ASSERT_FALSE(verified.has_value()) << stored;
    EXPECT_EQ(verified.error().code, Errc::corrupt) << stored;
  }
}

TEST_F(Argon2, a_password_of_more_than_4096_bytes_is_refused) {
  const std::string longest(4096, 'x');
  const std::string stored = passwords.hash(longest).value();

  EXPECT_TRUE(passwords.verify(longest, stored).value());
  EXPECT_FALSE(passwords.verify(longest + "x", stored).value());
  EXPECT_EQ(passwords.hash(longest + "x").error().code, Errc::invalid_argument);
}

TEST_F(Argon2, many_threads_get_their_answers_in_turn) {
  const std::string stored =
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        const bool same = passwords.verify(i % 2 == 0 ? "password" : "other", stored).value();
        if (same == (i % 2 == 0)) ++right;
      });
    }
  }
  EXPECT_EQ(right, 8);
}

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
// Of this process, in KiB: "VmRSS" now, "VmHWM" at most since forget_peak().
std::size_t memory_kib(const std::string& which) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(which + ":")) return std::stoul(line.substr(which.size() + 1));
  }
  return 0;
}
void forget_peak() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

TEST_F(Argon2, gives_its_memory_back) {
  const std::size_t before = memory_kib("VmRSS");

  ASSERT_TRUE(passwords.hash("x").has_value());

  EXPECT_LT(memory_kib("VmRSS"), before + 4096);
}

TEST_F(Argon2, no_more_than_two_hashes_are_in_memory_at_a_time) {
  const std::string of_64_mib =
      "$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  const std::size_t before = memory_kib("VmRSS");
  forget_peak();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&] { EXPECT_TRUE(passwords.verify("x", of_64_mib).has_value()); });
    }
  }
  const std::size_t peak = memory_kib("VmHWM") - before;
  EXPECT_GT(peak, std::size_t{60} * 1024);  // else this measures nothing
  EXPECT_LT(peak, std::size_t{140} * 1024);
}
#endif

}  // namespace
}  // namespace gthulhu
