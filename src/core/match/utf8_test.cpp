// SPDX-License-Identifier: Apache-2.0
#include "core/match/utf8.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

TEST(ValidUtf8, valid_text_stays_as_it_is) {
  for (const std::string text : {"", "nginx", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
                                 "\xee\x80\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"}) {
    EXPECT_EQ(valid_utf8(text), text);
  }
}

TEST(ValidUtf8, each_byte_outside_a_valid_sequence_is_replaced) {
  const std::string r = "\xef\xbf\xbd";
  EXPECT_EQ(valid_utf8("\x80"), r);
  EXPECT_EQ(valid_utf8("a\xffz"), "a" + r + "z");
  EXPECT_EQ(valid_utf8("\xe2\x82"), r + r);  // cut off by the 15 bytes of comm
  EXPECT_EQ(valid_utf8("\xf0\x9f\x98z"), r + r + r + "z");
  EXPECT_EQ(valid_utf8("\xc1\xbf"), r + r);          // overlong
  EXPECT_EQ(valid_utf8("\xe0\x9f\xbf"), r + r + r);  // overlong
  EXPECT_EQ(valid_utf8("\xf0\x8f\xbf\xbf"), r + r + r + r);
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), r + r + r);          // a surrogate
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"), r + r + r + r);  // above U+10FFFF
  EXPECT_EQ(valid_utf8("\xc3\xc3\xa4"), r + "\xc3\xa4");
}

}  // namespace
}  // namespace gthulhu
