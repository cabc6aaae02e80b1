// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/labelled_cgroup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/cgroupfs/test_ground.h"

namespace gthulhu {
namespace {

const GivenLabels labels{{{"app", "web"}}, "shop"};

TEST(RunId, is_readable_and_legal_and_never_the_same) {
  CountingRandom random;
  EXPECT_EQ(new_run_id("nginx", random), "nginx-01020304");
  EXPECT_EQ(new_run_id("nginx", random), "nginx-05060708");
  EXPECT_EQ(new_run_id("../@x", random), "-.--x-090a0b0c");
  EXPECT_EQ(new_run_id("", random), "run-0d0e0f10");
  EXPECT_EQ(new_run_id(std::string(300, 'a'), random), std::string(32, 'a') + "-11121314");
}

class LabelledCgroupTest : public RealCgroupTest {
 protected:
  [[nodiscard]] std::string runs() const { return hierarchy_.root + "/gthulhu"; }
};

TEST_F(LabelledCgroupTest, carries_its_labels_from_the_start_and_is_removed_without_a_trace) {
  auto cgroup = LabelledCgroup::create(hierarchy_, "web-1", labels);
  ASSERT_TRUE(cgroup.has_value()) << cgroup.error().text();
  EXPECT_EQ(cgroup->path(), "/gthulhu/web-1");
  EXPECT_EQ(read_given_labels(cgroup->directory()), labels);
  const pid_t child = sleeper("/gthulhu/web-1");
  cgroup->settle();
  EXPECT_EQ(cgroup->some_process(), child);
  EXPECT_FALSE(*cgroup->remove());
  make("/gthulhu/web-1/inner");
  move(child, "/gthulhu/web-1/inner");
  EXPECT_EQ(cgroup->some_process(), child);
  EXPECT_FALSE(*cgroup->remove());
  EXPECT_TRUE(exists(runs() + "/web-1/inner"));
  end(child);
  EXPECT_TRUE(*cgroup->remove());
  EXPECT_FALSE(exists(runs()));
  EXPECT_TRUE(*cgroup->remove());
}

TEST_F(LabelledCgroupTest, does_not_take_the_place_of_another) {
  auto first = LabelledCgroup::create(hierarchy_, "web-1", labels);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(LabelledCgroup::create(hierarchy_, "web-1", labels).error().code, Errc::conflict);
  first->settle();
  EXPECT_TRUE(*first->remove());
}

TEST_F(LabelledCgroupTest, does_not_remove_a_later_one_of_its_name) {
  auto first = LabelledCgroup::create(hierarchy_, "web-1", labels);
  ASSERT_TRUE(first.has_value());
  first->settle();
  ASSERT_EQ(::rmdir(first->directory().c_str()), 0);
  make("/gthulhu/web-1");
  EXPECT_TRUE(*first->remove());
  EXPECT_TRUE(exists(runs() + "/web-1"));
}

TEST_F(LabelledCgroupTest, sweeping_takes_the_empty_ones_only) {
  EXPECT_TRUE(sweep_leftovers(hierarchy_).has_value());
  make("/gthulhu");
  make("/gthulhu/empty");
  make("/gthulhu/empty/nested");
  make("/gthulhu/used");
  make("/gthulhu/used/nested");
  const pid_t child = sleeper("/gthulhu/used");
  EXPECT_TRUE(sweep_leftovers(hierarchy_).has_value());
  EXPECT_FALSE(exists(runs() + "/empty"));
  EXPECT_TRUE(exists(runs() + "/used/nested"));
  end(child);
  EXPECT_TRUE(eventually([this] {
    EXPECT_TRUE(sweep_leftovers(hierarchy_).has_value());
    return !exists(runs());
  }));
}

TEST_F(LabelledCgroupTest, sweeping_leaves_one_alone_that_was_just_made) {
  auto cgroup = LabelledCgroup::create(hierarchy_, "new-1", labels);
  ASSERT_TRUE(cgroup.has_value());
  make("/gthulhu/old");
  EXPECT_TRUE(sweep_leftovers(hierarchy_).has_value());
  EXPECT_TRUE(exists(runs() + "/new-1"));
  cgroup->settle();
  EXPECT_TRUE(sweep_leftovers(hierarchy_).has_value());
  EXPECT_FALSE(exists(runs()));
}

TEST_F(LabelledCgroupTest, has_weights_on_v2_where_its_root_allows) {
  if (hierarchy_.version == CgroupVersion::v1) GTEST_SKIP() << "in v1 every cgroup has weights";
  std::string offered;
  std::ifstream controllers(hierarchy_.root + "/cgroup.controllers");
  std::getline(controllers, offered);
  ASSERT_THAT(offered, ::testing::HasSubstr("cpu")) << "the guest enables it for all cgroups";
  auto cgroup = LabelledCgroup::create(hierarchy_, "web-1", labels);
  ASSERT_TRUE(cgroup.has_value());
  EXPECT_TRUE(exists(cgroup->directory() + "/cpu.weight"));
  cgroup->settle();
  EXPECT_TRUE(*cgroup->remove());
}

TEST_F(LabelledCgroupTest, regroups_no_neighbours_on_v2) {
  if (hierarchy_.version == CgroupVersion::v1) GTEST_SKIP() << "v1 has no subtree_control";
  make("/neighbour");
  sleeper("/neighbour");
  auto cgroup = LabelledCgroup::create(hierarchy_, "web-1", labels);
  ASSERT_TRUE(cgroup.has_value());
  EXPECT_FALSE(exists(cgroup->directory() + "/cpu.weight"));
  EXPECT_FALSE(exists(hierarchy_.root + "/neighbour/cpu.weight"));
  cgroup->settle();
  EXPECT_TRUE(*cgroup->remove());
}

}  // namespace
}  // namespace gthulhu
