// SPDX-License-Identifier: Apache-2.0
#include "core/sync/object_versions.h"

#include <gmock/gmock.h>

#include <map>
#include <random>

namespace gthulhu {
namespace {

using Authority = ObjectVersions::Authority;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> list(ObjectVersions& versions,
                              const std::map<std::string, ResourceVersion>& objects,
                              ResourceVersion version,
                              Authority authority = Authority::one_server) {
  versions.begin_list(authority);
  for (const auto& [uid, held] : objects) versions.listed(uid, held);
  return versions.end_list(version);
}

TEST(ObjectVersions, an_event_that_comes_twice_is_news_once) {
  ObjectVersions versions;
  EXPECT_TRUE(versions.changed("a", 5));
  EXPECT_FALSE(versions.changed("a", 5));
  EXPECT_TRUE(versions.deleted("a", 6));
  EXPECT_FALSE(versions.deleted("a", 6));
  EXPECT_EQ(versions.size(), 0U);
  EXPECT_EQ(versions.latest(), 6U);
}

TEST(ObjectVersions, an_event_that_comes_late_changes_nothing_back) {
  ObjectVersions versions;
  EXPECT_TRUE(versions.changed("a", 5));
  EXPECT_TRUE(versions.changed("a", 9));
  EXPECT_FALSE(versions.changed("a", 7));
  EXPECT_EQ(versions.version_of("a"), 9U);
}

TEST(ObjectVersions, what_is_gone_is_not_revived_by_an_event_that_comes_late) {
  ObjectVersions versions;
  versions.changed("a", 5);
  versions.deleted("a", 9);
  EXPECT_FALSE(versions.changed("a", 7));
  // Also when its end came before its beginning.
  EXPECT_FALSE(versions.deleted("b", 12));
  EXPECT_FALSE(versions.changed("b", 11));
  EXPECT_EQ(versions.size(), 0U);
}

TEST(ObjectVersions, an_object_whose_beginning_comes_late_is_news) {
  ObjectVersions versions;
  versions.changed("a", 9);
  EXPECT_TRUE(versions.changed("b", 8));
  EXPECT_EQ(versions.latest(), 9U);
}

TEST(ObjectVersions, a_list_says_what_is_gone) {
  ObjectVersions versions;
  EXPECT_THAT(list(versions, {{"a", 1}, {"b", 2}, {"c", 3}}, 4), IsEmpty());
  EXPECT_THAT(list(versions, {{"b", 2}}, 7), UnorderedElementsAre("a", "c"));
  EXPECT_EQ(versions.latest(), 7U);
  EXPECT_EQ(versions.size(), 1U);
}

TEST(ObjectVersions, of_a_list_only_what_changed_is_news) {
  ObjectVersions versions;
  list(versions, {{"a", 1}, {"b", 2}}, 4);
  versions.begin_list(Authority::one_server);
  EXPECT_FALSE(versions.listed("a", 1));
  EXPECT_TRUE(versions.listed("b", 6));
  EXPECT_TRUE(versions.listed("c", 5));
  EXPECT_THAT(versions.end_list(6), IsEmpty());
}

TEST(ObjectVersions, a_list_that_was_given_up_takes_nothing_away) {
  ObjectVersions versions;
  list(versions, {{"a", 1}, {"b", 2}}, 4);
  versions.begin_list(Authority::one_server);
  versions.listed("a", 1);
  EXPECT_THAT(list(versions, {{"a", 1}, {"b", 2}}, 5), IsEmpty());
}

TEST(ObjectVersions, a_list_of_a_server_that_lags_behind_takes_nothing_away) {
  ObjectVersions versions;
  versions.changed("a", 9);
  EXPECT_TRUE(versions.is_stale(7));
  EXPECT_THAT(list(versions, {}, 7), IsEmpty());
  EXPECT_EQ(versions.latest(), 9U);
  EXPECT_EQ(versions.version_of("a"), 9U);
}

// A cluster that was restored from a backup counts from an earlier number.
TEST(ObjectVersions, a_list_of_the_whole_cluster_counts_whatever_was_known) {
  ObjectVersions versions;
  versions.changed("a", 9);
  versions.changed("b", 11);
  versions.deleted("c", 12);
  versions.begin_list(Authority::whole_cluster);
  EXPECT_TRUE(versions.listed("a", 3));
  EXPECT_TRUE(versions.listed("c", 4));
  EXPECT_THAT(versions.end_list(5), ElementsAre("b"));
  EXPECT_EQ(versions.latest(), 5U);
  EXPECT_EQ(versions.version_of("a"), 3U);
}

TEST(ObjectVersions, no_more_than_a_bounded_number_of_the_gone_is_remembered) {
  ObjectVersions versions;
  for (std::size_t i = 0; i < ObjectVersions::gone_max + 1; ++i) {
    versions.changed(std::to_string(i), 2 * i + 1);
    versions.deleted(std::to_string(i), 2 * i + 2);
  }
  EXPECT_FALSE(versions.changed("1", 1));
  EXPECT_TRUE(versions.changed("0", 1));
}

// Whatever a stream does to the order of its events and how often it repeats them, at its end the
// objects are those of the truth.
TEST(ObjectVersions, shuffled_and_doubled_events_end_at_the_truth) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    struct Event {
      std::string uid;
      ResourceVersion version;
      bool is_deletion;
    };
    std::vector<Event> events;
    std::map<std::string, ResourceVersion> truth;
    std::vector<std::string> ever_deleted;
    for (ResourceVersion version = 1; version <= 300; ++version) {
      const std::string uid = std::to_string(random() % 60);
      if (std::ranges::find(ever_deleted, uid) != ever_deleted.end()) continue;
      const bool is_deletion = truth.contains(uid) && random() % 6 == 0;
      if (is_deletion) {
        truth.erase(uid);
        ever_deleted.push_back(uid);
      } else {
        truth[uid] = version;
      }
      events.push_back({uid, version, is_deletion});
      if (random() % 5 == 0) events.push_back(events.at(random() % events.size()));
    }
    for (std::size_t i = 1; i < events.size(); ++i) {
      if (random() % 3 == 0)
        std::swap(events[i], events[i - 1 - random() % std::min<std::size_t>(i, 5)]);
    }
    ObjectVersions versions;
    for (const Event& event : events) {
      if (event.is_deletion) {
        versions.deleted(event.uid, event.version);
      } else {
        versions.changed(event.uid, event.version);
      }
    }
    std::map<std::string, ResourceVersion> held;
    versions.for_each(
        [&](const std::string& uid, ResourceVersion version) { held[uid] = version; });
    EXPECT_EQ(held, truth) << seed;
  }
}

}  // namespace
}  // namespace gthulhu
