// SPDX-License-Identifier: Apache-2.0
#include "rest/query.h"

#include <gtest/gtest.h>

namespace gthulhu::rest {
namespace {

net::Request asking(net::QueryFields query) {
  net::Request request;
  request.query = std::move(query);
  return request;
}

TEST(Query, a_page_has_a_hundred_items_from_the_first_on_unless_asked_otherwise) {
  const auto page = query_page(asking({}));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->offset, 0u);
  EXPECT_EQ(page->limit, 100u);
  const auto other = query_page(asking({{"offset", "40"}, {"limit", "20"}}));
  ASSERT_TRUE(other);
  EXPECT_EQ(other->offset, 40u);
  EXPECT_EQ(other->limit, 20u);
}

TEST(Query, a_number_out_of_range_or_none_at_all_is_refused_by_name) {
  for (const char* limit : {"", "0", "1001", "-1", "ten", "1e2", "10 "}) {
    const auto page = query_page(asking({{"limit", limit}}));
    ASSERT_FALSE(page) << limit;
    EXPECT_EQ(page.error().message, "limit must be a whole number from 1 to 1000");
  }
  const auto page = query_page(asking({{"offset", "-1"}}));
  ASSERT_FALSE(page);
  EXPECT_TRUE(page.error().message.starts_with("offset must be"));
}

TEST(Query, unknown_fields_are_refused_only_when_asked_for) {
  EXPECT_EQ(*unknown_fields(asking({})), wire::UnknownFields::ignored);
  EXPECT_EQ(*unknown_fields(asking({{"fieldValidation", "Ignore"}})), wire::UnknownFields::ignored);
  EXPECT_EQ(*unknown_fields(asking({{"fieldValidation", "Strict"}})), wire::UnknownFields::refused);
}

TEST(Query, what_is_none_of_the_words_is_refused_by_name) {
  const auto unknown = unknown_fields(asking({{"fieldValidation", "strict"}}));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "fieldValidation must be one of Ignore, Strict");
  EXPECT_EQ(unknown.error().field, "fieldValidation");
  EXPECT_TRUE(*query_truth(asking({{"x", "true"}}), "x"));
  EXPECT_FALSE(*query_truth(asking({}), "x"));
  EXPECT_FALSE(query_truth(asking({{"x", ""}}), "x"));
}

}  // namespace
}  // namespace gthulhu::rest
