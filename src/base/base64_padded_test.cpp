// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/base64.h"

namespace gthulhu {
namespace {

TEST(PaddedBase64, the_vectors_of_rfc_4648_hold_both_ways) {
  const std::map<std::string, std::string> vectors = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {std::string("\xff\xef\x00", 3), "/+8A"},
  };
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(encode_padded_base64(bytes), text);
    EXPECT_EQ(decode_padded_base64(text), bytes) << text;
  }
}

TEST(PaddedBase64, line_ends_within_are_skipped) {
  EXPECT_EQ(decode_padded_base64("Zm9v\r\nYmE\n=\n"), "fooba");
}

TEST(PaddedBase64, what_encoding_would_not_make_is_refused) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z", "Zm9v=", "Zm9v====", "Zg==Zg==", "Zh==",
                           "Zm9v Zm9v", "Zm-_", "=", "\xc3\xbc=="}) {
    EXPECT_FALSE(decode_padded_base64(text)) << text;
  }
}

}  // namespace
}  // namespace gthulhu
