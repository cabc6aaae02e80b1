// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/watched_directories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "adapters/cgroupfs/test_ground.h"

namespace gthulhu {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> paths(const WatchedDirectories& watched) {
  std::vector<std::string> found;
  for (const auto& [path, directory] : watched.directories()) found.push_back(path);
  return found;
}

// What there really is, by another way than the one under test.
std::set<std::string> really_there(const std::string& root) {
  std::set<std::string> found{""};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_directory()) found.insert(entry.path().string().substr(root.size()));
  }
  return found;
}

TEST(WatchedDirectories, know_what_was_there_and_hear_what_comes) {
  const TempTree host({{"a/b/", ""}, {"a/file", "x"}});
  auto watched = WatchedDirectories::open(host.root());
  ASSERT_TRUE(watched.has_value());
  EXPECT_EQ(watched->trouble(), "");
  EXPECT_THAT(paths(*watched), ElementsAre("", "/a", "/a/b"));
  EXPECT_FALSE(*watched->read_events());
  host.write("c/", "");
  host.write("a/other", "no directory");
  EXPECT_TRUE(*watched->read_events());
  EXPECT_THAT(paths(*watched), ElementsAre("", "/a", "/a/b", "/c"));
  std::filesystem::remove(host.root() + "/a/b");
  EXPECT_TRUE(*watched->read_events());
  EXPECT_THAT(paths(*watched), ElementsAre("", "/a", "/c"));
}

TEST(WatchedDirectories, find_what_was_made_below_a_new_directory_before_it_was_watched) {
  const TempTree host;
  auto watched = WatchedDirectories::open(host.root());
  host.write("a/b/c/", "");
  EXPECT_TRUE(*watched->read_events());
  EXPECT_THAT(paths(*watched), ElementsAre("", "/a", "/a/b", "/a/b/c"));
  host.write("a/b/c/d/", "");
  EXPECT_TRUE(*watched->read_events());
  EXPECT_TRUE(watched->directories().contains("/a/b/c/d"));
}

TEST(WatchedDirectories, tell_a_directory_from_a_later_one_of_its_name) {
  const TempTree host({{"a/x/", ""}});
  // Made while the other is there, so that it cannot have its inode.
  const TempTree elsewhere({{"a/", ""}});
  auto watched = WatchedDirectories::open(host.root());
  const auto before = watched->directories().at("/a").inode;
  std::filesystem::remove_all(host.root() + "/a");
  std::filesystem::rename(elsewhere.root() + "/a", host.root() + "/a");
  EXPECT_TRUE(*watched->read_events());
  EXPECT_NE(watched->directories().at("/a").inode, before);
  host.write("a/y/", "");
  EXPECT_TRUE(*watched->read_events());
  EXPECT_THAT(paths(*watched), ElementsAre("", "/a", "/a/y"));
}

TEST(WatchedDirectories, follow_a_rename) {
  const TempTree host({{"a/b/", ""}});
  auto watched = WatchedDirectories::open(host.root());
  std::filesystem::rename(host.root() + "/a", host.root() + "/z");
  EXPECT_TRUE(*watched->read_events());
  EXPECT_THAT(paths(*watched), ElementsAre("", "/z", "/z/b"));
  host.write("z/b/c/", "");
  EXPECT_TRUE(*watched->read_events());
  EXPECT_TRUE(watched->directories().contains("/z/b/c"));
}

TEST(WatchedDirectories, hear_of_labels) {
  if (::geteuid() != 0) GTEST_SKIP() << "trusted.* attributes are for root";
  const TempTree host({{"a/", ""}});
  auto watched = WatchedDirectories::open(host.root());
  const GivenLabels given{{{"app", "web"}}, "shop"};
  ASSERT_TRUE(write_given_labels(host.root() + "/a", given).has_value());
  EXPECT_TRUE(*watched->read_events());
  EXPECT_EQ(watched->directories().at("/a").given, given);
  // chmod is an IN_ATTRIB too.
  ::chmod((host.root() + "/a").c_str(), 0700);
  EXPECT_FALSE(*watched->read_events());
}

TEST(WatchedDirectories, are_right_after_more_events_than_the_kernel_keeps) {
  const TempTree host({{"a/", ""}, {"b/", ""}});
  auto watched = WatchedDirectories::open(host.root());
  int queued_most = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> queued_most;
  if (queued_most > 100'000) GTEST_SKIP() << "the queue holds " << queued_most << " events";
  // In turns, as equal events one after the other become one.
  for (int i = 0; i <= queued_most; ++i) {
    ::chmod((host.root() + (i % 2 == 0 ? "/a" : "/b")).c_str(), 0755);
  }
  host.write("late/deep/", "");
  std::filesystem::remove(host.root() + "/a");
  EXPECT_TRUE(*watched->read_events());
  EXPECT_EQ(watched->trouble(), "");
  EXPECT_THAT(paths(*watched), ElementsAre("", "/b", "/late", "/late/deep"));
  host.write("late/deep/er/", "");
  EXPECT_TRUE(*watched->read_events());
  EXPECT_TRUE(watched->directories().contains("/late/deep/er"));
}

TEST(WatchedDirectories, say_when_watches_are_short_and_still_find_everything_by_rescan) {
  const TempTree host({{"a/b/", ""}, {"c/", ""}});
  auto watched = WatchedDirectories::open(host.root(), 1);
  ASSERT_TRUE(watched.has_value());
  EXPECT_THAT(watched->trouble(), ::testing::HasSubstr("max_user_watches"));
  EXPECT_THAT(paths(*watched), ElementsAre("", "/a", "/a/b", "/c"));
  host.write("a/new/", "");
  EXPECT_FALSE(*watched->read_events());
  EXPECT_TRUE(*watched->rescan());
  EXPECT_TRUE(watched->directories().contains("/a/new"));
  std::filesystem::remove_all(host.root() + "/a/b");
  EXPECT_TRUE(*watched->rescan());
  EXPECT_THAT(paths(*watched), ElementsAre("", "/a", "/a/new", "/c"));
  std::filesystem::remove_all(host.root() + "/a");
  std::filesystem::remove_all(host.root() + "/c");
  EXPECT_TRUE(*watched->rescan());
  EXPECT_THAT(paths(*watched), ElementsAre(""));
  EXPECT_EQ(watched->trouble(), "");
}

TEST(WatchedDirectories, fail_when_the_root_is_not_there_or_goes) {
  EXPECT_EQ(WatchedDirectories::open("/nowhere/at/all").error().code, Errc::unavailable);
  TempTree host({{"root/a/", ""}});
  auto watched = WatchedDirectories::open(host.root() + "/root");
  std::filesystem::remove_all(host.root() + "/root");
  EXPECT_FALSE(watched->rescan().has_value());
  EXPECT_FALSE(watched->read_events().has_value());
  host.write("root/b/", "");
  EXPECT_TRUE(*watched->rescan());
  EXPECT_THAT(paths(*watched), ElementsAre("", "/b"));
}

class WatchedCgroupsTest : public RealCgroupTest {};

TEST_F(WatchedCgroupsTest, end_the_watch_of_a_removed_cgroup) {
  auto watched = WatchedDirectories::open(hierarchy_.root);
  ASSERT_TRUE(watched.has_value());
  for (int i = 0; i < 10; ++i) {
    const std::string path = make("/brief");
    make("/brief/inner");
    EXPECT_TRUE(*watched->read_events());
    EXPECT_THAT(paths(*watched), ElementsAre("", "/brief", "/brief/inner"));
    ::rmdir((path + "/inner").c_str());
    ::rmdir(path.c_str());
    EXPECT_TRUE(*watched->read_events());
    EXPECT_THAT(paths(*watched), ElementsAre(""));
  }
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(watched->event_fd()));
  int watches = 0;
  for (std::string line; std::getline(info, line);) {
    watches += line.starts_with("inotify wd:") ? 1 : 0;
  }
  EXPECT_EQ(watches, 1);
}

// Any history, with events taken in at any point, ends in the truth.
TEST(WatchedDirectories, agree_with_the_file_system_after_random_histories) {
  unsigned seed = 20;
  const auto draw = [&seed](unsigned below) {
    seed = seed * 1'664'525U + 1'013'904'223U;
    return (seed >> 16U) % below;
  };
  const std::string names[] = {"a", "b", "a-b", "c.slice"};
  for (int history = 0; history < 20; ++history) {
    const TempTree host;
    auto watched = WatchedDirectories::open(host.root());
    for (int step = 0; step < 60; ++step) {
      std::string path = host.root();
      for (unsigned depth = 0; depth <= draw(3); ++depth) path += "/" + names[draw(4)];
      std::error_code ignored;
      switch (draw(4)) {
        case 0: std::filesystem::remove_all(path, ignored); break;
        case 1: std::filesystem::rename(path, host.root() + "/" + names[draw(4)], ignored); break;
        default: std::filesystem::create_directories(path, ignored);
      }
      if (draw(3) == 0) ASSERT_TRUE(watched->read_events().has_value());
    }
    ASSERT_TRUE(watched->read_events().has_value());
    std::set<std::string> known;
    for (const std::string& path : paths(*watched)) known.insert(path);
    ASSERT_EQ(known, really_there(host.root())) << "history " << history;
    ASSERT_FALSE(*watched->rescan()) << "history " << history;
  }
}

}  // namespace
}  // namespace gthulhu
