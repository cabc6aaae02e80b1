// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace gthulhu {
namespace {

using Parts = std::vector<std::string_view>;

TEST(Text, split_keeps_empty_parts) {
  EXPECT_EQ(split("a,,b", ','), (Parts{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (Parts{""}));
  EXPECT_EQ(split(",", ','), (Parts{"", ""}));
  EXPECT_EQ(split("abc", ','), (Parts{"abc"}));
}

TEST(Text, trim_takes_blanks_from_both_sides_only) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim("a"), "a");
}

TEST(Text, join_puts_the_separator_between) {
  EXPECT_EQ(join(std::array<std::string, 3>{"a", "", "b"}, ", "), "a, , b");
  EXPECT_EQ(join(std::array<std::string, 1>{"a"}, ","), "a");
  EXPECT_EQ(join({}, ","), "");
}

TEST(Text, to_lower_changes_ascii_letters_only) {
  EXPECT_EQ(to_lower("AbZ[1\xc3\x84"), "abz[1\xc3\x84");
}

TEST(Text, to_hex_writes_two_lower_case_digits_per_byte) {
  EXPECT_EQ(to_hex(std::array{std::byte{0x00}, std::byte{0x9a}, std::byte{0xff}}), "009aff");
  EXPECT_EQ(to_hex({}), "");
}

TEST(Text, a_number_is_the_whole_text_and_must_fit) {
  EXPECT_EQ(parse_number<int>("-12"), -12);
  EXPECT_EQ(parse_number<std::uint8_t>("255"), 255);
  EXPECT_EQ(parse_number<std::uint8_t>("256"), std::nullopt);
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "0x1", "a", "--1"}) {
    EXPECT_EQ(parse_number<int>(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_number<unsigned>("-1"), std::nullopt);
}

TEST(Text, the_nearest_word_is_offered_unless_it_is_too_far) {
  constexpr std::array<std::string_view, 3> words{"priority", "executionTime", "rank"};
  EXPECT_EQ(nearest("priorty", words), "priority");
  EXPECT_EQ(nearest("excutionTime", words), "executionTime");
  EXPECT_EQ(nearest("rang", words), "rank");
  EXPECT_EQ(nearest("xyz", words), std::nullopt);
  EXPECT_EQ(nearest("", words), std::nullopt);
  EXPECT_EQ(nearest("rank", {}), std::nullopt);
}

}  // namespace
}  // namespace gthulhu
