// SPDX-License-Identifier: Apache-2.0
#include "core/match/command_pattern.h"

#include <gtest/gtest.h>

#include "core/match/utf8.h"

namespace gthulhu {
namespace {

bool matches(const std::string& pattern, std::string_view command) {
  const auto parsed = CommandPattern::parse(pattern);
  EXPECT_TRUE(parsed) << pattern;
  return parsed && parsed->matches(command);
}

std::string problem(const std::string& pattern) {
  const auto parsed = CommandPattern::parse(pattern);
  if (parsed) return "";
  EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
  return parsed.error().message;
}

TEST(CommandPattern, is_unanchored_and_case_sensitive) {
  EXPECT_TRUE(matches("gin", "nginx"));
  EXPECT_FALSE(matches("^gin", "nginx"));
  EXPECT_FALSE(matches("Nginx", "nginx"));
  EXPECT_TRUE(matches("(?i)Nginx", "nginx"));
  EXPECT_TRUE(matches("^nr-gnb$", "nr-gnb"));
}

TEST(CommandPattern, the_empty_one_matches_everything) {
  EXPECT_TRUE(CommandPattern().matches_everything());
  EXPECT_TRUE(CommandPattern().matches(""));
  EXPECT_TRUE(matches("", "anything"));
  const auto dot = CommandPattern::parse(".");
  ASSERT_TRUE(dot);
  EXPECT_FALSE(dot->matches_everything());
  EXPECT_FALSE(dot->matches(""));
}

TEST(CommandPattern, of_the_empty_one_it_means_nothing_what_it_is_matched_against) {
  EXPECT_EQ(*CommandPattern::parse("", "x", CommandMatch::exe), CommandPattern());
  EXPECT_NE(*CommandPattern::parse("a", "x", CommandMatch::exe), *CommandPattern::parse("a"));
}

TEST(CommandPattern, what_does_not_compile_is_refused_with_the_field) {
  for (const char* pattern : {"(", "[a", "a**", "*a", "\\", "\\8", "a{1001}", "(?<=a)b", "(?=a)",
                              "(?P<n", "[b-a]", "\xff", "\\pX"}) {
    EXPECT_TRUE(problem(pattern).starts_with("commandRegex is not a valid regular expression: "))
        << pattern << ": " << problem(pattern);
  }
  const auto parsed = CommandPattern::parse("(", "filter");
  ASSERT_FALSE(parsed);
  EXPECT_TRUE(parsed.error().message.starts_with("filter "));
}

TEST(CommandPattern, a_message_is_text_whatever_the_pattern_is) {
  for (const char* pattern : {"(?<nam\x97"
                              "e>a)",
                              "(?P<\xff>a)", "\xff(", "[\xc3"}) {
    EXPECT_NE(problem(pattern), "");
    EXPECT_EQ(valid_utf8(problem(pattern)), problem(pattern));
  }
}

TEST(CommandPattern, a_single_byte_is_refused_as_in_go_but_only_where_it_is_one) {
  for (const char* pattern : {"\\C", "a\\C+", "[\\C]", "\\\\\\C", "\\Qa\\E\\C", "[]]\\C"}) {
    EXPECT_NE(problem(pattern).find("\\C"), std::string::npos) << pattern;
  }
  EXPECT_TRUE(matches("^\\\\C$", "\\C"));
  EXPECT_TRUE(matches("^\\Q\\C\\E$", "\\C"));
  EXPECT_TRUE(matches("^\\Q\\C", "\\C"));
  EXPECT_TRUE(matches("^[\\\\C]+$", "C\\"));
}

TEST(CommandPattern, groups_are_named_as_in_go) {
  EXPECT_TRUE(matches("(?P<name>a)", "a"));
  EXPECT_TRUE(matches("(?<name_1>a)(?<b>b)", "ab"));
  EXPECT_TRUE(matches("(?<a>x)(?P<a>y)", "xy"));
  EXPECT_TRUE(matches("^[(?<]+$", "<?("));
  EXPECT_TRUE(matches("\\(?<a>", "(<a>"));
  EXPECT_NE(problem("(?P<n\xc3\xa4>a)"), "");
  EXPECT_NE(problem("(?<n-1>a)"), "");
  EXPECT_NE(problem("(?<>a)"), "");
}

TEST(CommandPattern, classes_are_read_to_their_end) {
  EXPECT_TRUE(matches("^[]a]+$", "]a"));
  EXPECT_TRUE(matches("^[^]a]$", "b"));
  EXPECT_TRUE(matches("^[[:alpha:]]+$", "abc"));
  EXPECT_TRUE(matches("^[[:alpha:](?<]+$", "a(?<"));
  EXPECT_TRUE(matches("^[[a]+(?<n>b)$", "[ab"));
}

TEST(CommandPattern, each_invalid_byte_of_a_command_counts_as_one_replacement_character) {
  EXPECT_TRUE(matches("^..$", "a\xff"));
  EXPECT_TRUE(matches("^.{3}$", "\xe2\x82z"));
  EXPECT_TRUE(matches("^.$", "\xe2\x82\xac"));
  EXPECT_TRUE(matches("^\\x{FFFD}$", "\x80"));
  EXPECT_TRUE(matches("^.{3}$", "\xed\xa0\x80"));  // a surrogate
  EXPECT_TRUE(matches("^.{2}$", "\xc0\x80"));      // overlong
}

TEST(CommandPattern, text_and_compiled_form_are_bounded) {
  EXPECT_EQ(problem(std::string(CommandPattern::longest_text, 'a')), "");
  EXPECT_EQ(problem(std::string(CommandPattern::longest_text + 1, 'a')),
            "commandRegex must have at most 1024 characters");
  EXPECT_NE(problem("((\\pL{100}){100})"), "");
  EXPECT_EQ(problem("^\\pL[\\pL\\pN]*$"), "");
}

TEST(CommandPattern, nested_repetition_takes_linear_time) {
  EXPECT_FALSE(matches("^(a*)*(a|aa)+$b", std::string(10'000, 'a')));
}

TEST(CommandPattern, copies_are_equal_and_share_their_text) {
  const auto pattern = CommandPattern::parse("nginx");
  ASSERT_TRUE(pattern);
  CommandPattern copy;
  EXPECT_FALSE(copy == *pattern);
  copy = *pattern;
  EXPECT_EQ(copy, *pattern);
  EXPECT_TRUE(copy.matches("nginx"));
  EXPECT_EQ(copy.text(), "nginx");
  EXPECT_FALSE(copy == CommandPattern());
}

}  // namespace
}  // namespace gthulhu
