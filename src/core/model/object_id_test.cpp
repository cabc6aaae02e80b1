// SPDX-License-Identifier: Apache-2.0
#include "core/model/object_id.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_random.h"

namespace gthulhu {
namespace {

TEST(ObjectId, begins_with_the_seconds_and_ends_with_chance) {
  FakeRandom random(1);
  const TimePoint now{std::chrono::seconds{0x6565a0b1} + std::chrono::milliseconds{999}};

  const std::string first = new_object_id(now, random);
  const std::string second = new_object_id(now, random);

  EXPECT_EQ(first.size(), 24u);
  EXPECT_EQ(first.substr(0, 8), "6565a0b1");
  EXPECT_EQ(first.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(first.substr(8), second.substr(8));
}

TEST(ObjectId, a_later_one_sorts_after_an_earlier_one) {
  FakeRandom random(2);

  EXPECT_LT(new_object_id(TimePoint{std::chrono::seconds{9}}, random),
            new_object_id(TimePoint{std::chrono::seconds{10}}, random));
}

}  // namespace
}  // namespace gthulhu
