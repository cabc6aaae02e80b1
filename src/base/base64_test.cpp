// SPDX-License-Identifier: Apache-2.0
#include "base/base64.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

TEST(Base64, agrees_with_the_vectors_of_rfc_4648_less_their_padding) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(encode_base64(Base64::standard, bytes), text);
    EXPECT_EQ(decode_base64(Base64::standard, text), bytes);
  }
}

TEST(Base64, every_byte_survives_in_both_alphabets) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (const Base64 alphabet : {Base64::standard, Base64::url}) {
    EXPECT_EQ(decode_base64(alphabet, encode_base64(alphabet, bytes)), bytes);
  }
}

TEST(Base64, the_alphabets_differ_in_two_digits) {
  EXPECT_EQ(encode_base64(Base64::standard, "\xfb\xff"), "+/8");
  EXPECT_EQ(encode_base64(Base64::url, "\xfb\xff"), "-_8");
  EXPECT_FALSE(decode_base64(Base64::url, "+/8"));
  EXPECT_FALSE(decode_base64(Base64::standard, "-_8"));
}

TEST(Base64, refuses_what_encoding_never_makes) {
  for (const std::string_view text :
       {"Zg==", "Zm8=", "Z", "Zm9vY", "Zh", "Zm9", "Zm 9v", "Zm9v\n"}) {
    EXPECT_FALSE(decode_base64(Base64::standard, text)) << text;
  }
}

}  // namespace
}  // namespace gthulhu
