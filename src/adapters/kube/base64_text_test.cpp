// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/base64_text.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

TEST(Base64Text, the_vectors_of_rfc_4648_hold_both_ways) {
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
    EXPECT_EQ(to_base64_text(bytes), text);
    EXPECT_EQ(from_base64_text(text), bytes) << text;
  }
}

TEST(Base64Text, line_ends_within_are_skipped) {
  EXPECT_EQ(from_base64_text("Zm9v\r\nYmE\n=\n"), "fooba");
}

TEST(Base64Text, what_encoding_would_not_make_is_refused) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z", "Zm9v=", "Zm9v====", "Zg==Zg==", "Zh==",
                           "Zm9v Zm9v", "Zm-_", "=", "\xc3\xbc=="}) {
    EXPECT_FALSE(from_base64_text(text)) << text;
  }
}

}  // namespace
}  // namespace gthulhu
