// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

// Examples of FIPS 180-4 (NIST CSRC, "Example Values", SHA-256).
TEST(Digest, is_sha_256) {
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc").hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Digest, of_a_pair_is_that_of_the_bytes_of_both) {
  const Digest left = sha256("a");
  const Digest right = sha256("b");
  std::string bytes;
  for (const Digest* digest : {&left, &right}) {
    for (const std::byte byte : digest->bytes) bytes += static_cast<char>(byte);
  }
  EXPECT_EQ(sha256_of_pair(left, right), sha256(bytes));
  EXPECT_NE(sha256_of_pair(left, right), sha256_of_pair(right, left));
}

TEST(RememberingSha256, is_sha_256_whatever_it_was_asked_before) {
  RememberingSha256 remembering;
  const std::string long_text(10'000, 'x');
  for (const std::string& text : {std::string("a"), std::string("a"), std::string("b"),
                                  std::string(), long_text, long_text, std::string("a")}) {
    EXPECT_EQ(remembering.of(text), sha256(text));
  }
  const RememberingSha256 elsewhere = std::move(remembering);
  remembering = RememberingSha256();
  EXPECT_EQ(remembering.of(""), sha256(""));
  EXPECT_EQ(remembering.of("b"), sha256("b"));
}

}  // namespace
}  // namespace gthulhu
