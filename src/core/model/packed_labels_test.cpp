// SPDX-License-Identifier: Apache-2.0
#include "core/model/packed_labels.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

TEST(PackedLabels, unpack_to_what_was_packed) {
  const Labels labels{{"app", "web"}, {"", ""}, {"empty", ""}, {std::string("\0", 1), "a\nb"}};
  EXPECT_EQ(PackedLabels(labels).unpack(), labels);
  EXPECT_TRUE(PackedLabels().unpack().empty());
}

TEST(PackedLabels, are_equal_when_the_labels_are) {
  EXPECT_EQ(PackedLabels(Labels{{"a", "b"}}), PackedLabels(Labels{{"a", "b"}}));
  EXPECT_FALSE(PackedLabels(Labels{{"a", "b"}}) == PackedLabels(Labels{{"ab", ""}}));
}

}  // namespace
}  // namespace gthulhu
