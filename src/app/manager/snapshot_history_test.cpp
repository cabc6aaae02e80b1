// SPDX-License-Identifier: Apache-2.0
#include "app/manager/snapshot_history.h"

#include <gtest/gtest.h>

#include <memory>

namespace gthulhu {
namespace {

Plane::View numbered(std::uint64_t version) {
  Snapshot snapshot;
  snapshot.version = version;
  return std::make_shared<const Snapshot>(std::move(snapshot));
}

TEST(SnapshotHistory, finds_what_was_kept_by_its_version) {
  SnapshotHistory history;
  const Plane::View kept = numbered(7);
  history.keep(kept);
  history.keep(numbered(8));
  EXPECT_EQ(history.find(7), kept);
  EXPECT_EQ(history.find(9), nullptr);
}

TEST(SnapshotHistory, forgets_the_oldest_first) {
  SnapshotHistory history(2);
  for (const std::uint64_t version : {1U, 2U, 3U}) history.keep(numbered(version));
  EXPECT_EQ(history.find(1), nullptr);
  EXPECT_NE(history.find(2), nullptr);
  EXPECT_NE(history.find(3), nullptr);
}

TEST(SnapshotHistory, keeps_one_of_the_same_version) {
  SnapshotHistory history(2);
  history.keep(numbered(1));
  for (int i = 0; i < 5; ++i) history.keep(numbered(2));
  EXPECT_NE(history.find(1), nullptr);
}

}  // namespace
}  // namespace gthulhu
