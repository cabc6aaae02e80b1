// SPDX-License-Identifier: Apache-2.0
#include "core/match/glob.h"

#include <gtest/gtest.h>

#include <random>

namespace gthulhu {
namespace {

bool matches(const std::string& pattern, std::string_view path) {
  const auto glob = Glob::parse(pattern, "glob");
  EXPECT_TRUE(glob) << pattern;
  return glob && glob->matches(path);
}

TEST(Glob, matches_the_whole_path) {
  EXPECT_TRUE(matches("/a/b", "/a/b"));
  EXPECT_FALSE(matches("/a/b", "/a/b/c"));
  EXPECT_FALSE(matches("/a/b", "/a"));
  EXPECT_FALSE(matches("/a", ""));
}

TEST(Glob, a_star_stays_within_a_component) {
  EXPECT_TRUE(matches("/gthulhu/*", "/gthulhu/run-1"));
  EXPECT_TRUE(matches("/gthulhu/*", "/gthulhu/"));
  EXPECT_FALSE(matches("/gthulhu/*", "/gthulhu/run-1/x"));
  EXPECT_TRUE(matches("/system.slice/*.service", "/system.slice/ssh.service"));
  EXPECT_FALSE(matches("/system.slice/*.service", "/system.slice/ssh.scope"));
  EXPECT_TRUE(matches("/*/a*b*", "/x/a-b-"));
}

TEST(Glob, two_stars_cross_components) {
  EXPECT_TRUE(matches("/a/**", "/a/b/c"));
  EXPECT_TRUE(matches("/a/**", "/a/"));
  EXPECT_FALSE(matches("/a/**", "/a"));
  EXPECT_TRUE(matches("/a**", "/ab/c"));
  EXPECT_TRUE(matches("**.service", "/system.slice/ssh.service"));
  EXPECT_TRUE(matches("/a/***", "/a/b/c"));
}

TEST(Glob, two_stars_as_a_component_may_stand_for_none) {
  for (const char* path : {"/a/b", "/a/x/b", "/a/x/y/b"}) EXPECT_TRUE(matches("/a/**/b", path));
  EXPECT_FALSE(matches("/a/**/b", "/a/xb"));
  EXPECT_FALSE(matches("/a/**/b", "/ab"));
  EXPECT_FALSE(matches("/a/**/b", "/a/x/yb"));
  EXPECT_TRUE(matches("**/b", "/x/b"));
  EXPECT_TRUE(matches("**/b", "/b"));
  EXPECT_FALSE(matches("**/b", "/xb"));
  EXPECT_TRUE(matches("/**/**/b", "/b"));
  EXPECT_TRUE(matches("/**/x/**/b", "/1/x/2/x/3/b"));
}

TEST(Glob, a_question_mark_and_a_set_are_one_character_but_no_slash) {
  EXPECT_TRUE(matches("/a?c", "/abc"));
  EXPECT_FALSE(matches("/a?c", "/a/c"));
  EXPECT_FALSE(matches("/a?c", "/ac"));
  EXPECT_TRUE(matches("/[a-cx]", "/b"));
  EXPECT_TRUE(matches("/[a-cx]", "/x"));
  EXPECT_FALSE(matches("/[a-cx]", "/d"));
  EXPECT_TRUE(matches("/[!a-c]", "/d"));
  EXPECT_TRUE(matches("/[^a-c]", "/d"));
  EXPECT_FALSE(matches("/[!a-c]", "/b"));
  EXPECT_FALSE(matches("/a[!b]c", "/a/c"));
  EXPECT_FALSE(matches("/a[.-0]c", "/a/c"));
  EXPECT_TRUE(matches("/[]]", "/]"));
  EXPECT_TRUE(matches("/[a-]", "/-"));
  EXPECT_TRUE(matches("/[*]", "/*"));
  EXPECT_FALSE(matches("/[*]", "/a"));
}

TEST(Glob, a_backslash_stands_for_itself_as_systemd_writes_it) {
  EXPECT_TRUE(matches("/system-serial\\x2dgetty.slice", "/system-serial\\x2dgetty.slice"));
}

TEST(Glob, what_no_path_could_match_is_refused_with_the_field) {
  for (const char* pattern :
       {"", "a/b", "*", "*/a", "[/]a", "/[", "/[a", "/[]", "/[!]", "/[b-a]"}) {
    const auto glob = Glob::parse(pattern, "cgroupPaths[3]");
    ASSERT_FALSE(glob) << pattern;
    EXPECT_EQ(glob.error().code, Errc::invalid_argument);
    EXPECT_TRUE(glob.error().message.starts_with("cgroupPaths[3] ")) << glob.error().message;
  }
  EXPECT_FALSE(Glob::parse("/" + std::string(Glob::longest_text, 'a'), "glob"));
}

TEST(Glob, many_stars_do_not_blow_up) {
  std::string pattern = "/";
  for (int i = 0; i < 150; ++i) pattern += "a*";
  EXPECT_FALSE(matches(pattern + "b", "/" + std::string(1'000, 'a')));
  std::string components = "/";
  for (int i = 0; i < 150; ++i) components += "**/";
  std::string path;
  for (int i = 0; i < 500; ++i) path += "/a";
  EXPECT_FALSE(matches(components + "b", path));
}

// The meaning, in the plainest and slowest form: without sets.
bool slowly_matches(std::string_view pattern, std::string_view path, bool begins) {
  if (pattern.empty()) return path.empty();
  const auto some = [&](std::string_view rest, bool across, bool whole) {
    for (std::size_t n = 0;; ++n) {
      if ((!whole || n == 0 || path[n - 1] == '/') &&
          slowly_matches(rest, path.substr(n), whole || rest.starts_with('/'))) {
        return true;
      }
      if (n == path.size() || (!across && path[n] == '/')) return false;
    }
  };
  if (begins && pattern.starts_with("**/")) return some(pattern.substr(3), true, true);
  if (pattern.starts_with("**")) {
    return some(pattern.substr(std::min(pattern.find_first_not_of('*'), pattern.size())), true,
                false);
  }
  if (pattern.front() == '*') return some(pattern.substr(1), false, false);
  if (path.empty()) return false;
  const bool is_same =
      pattern.front() == '?' ? path.front() != '/' : pattern.front() == path.front();
  return is_same && slowly_matches(pattern.substr(1), path.substr(1), pattern.front() == '/');
}

TEST(Glob, agrees_with_a_plain_definition_on_random_patterns) {
  std::mt19937 random(20'240'607);
  const auto text = [&](std::string_view letters, std::size_t longest) {
    std::string result;
    for (auto n = random() % (longest + 1); n > 0; --n)
      result += letters[random() % letters.size()];
    return result;
  };
  int matched = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string pattern = "/" + text("ab//**?", 8);
    const std::string path = "/" + text("aab/", 7);
    const bool expected = slowly_matches(pattern, path, true);
    EXPECT_EQ(matches(pattern, path), expected) << pattern << " " << path;
    if (expected) ++matched;
  }
  EXPECT_GT(matched, 250);
}

}  // namespace
}  // namespace gthulhu
