// SPDX-License-Identifier: Apache-2.0
#include "wire/kube/list_splitter.h"

#include <gmock/gmock.h>

namespace gthulhu::wire {
namespace {

using testing::ElementsAre;

struct Split {
  std::vector<std::string> items;
  Result<> fed;
  Result<std::string> rest;
};

// In two pieces, the first of `cut` bytes, and letter by letter for npos.
Split split(std::string_view text, std::size_t cut) {
  std::vector<std::string> items;
  ListSplitter splitter([&](std::string_view item) -> Result<> {
    items.emplace_back(item);
    return {};
  });
  Result<> fed;
  if (cut == std::string_view::npos) {
    for (std::size_t i = 0; fed && i < text.size(); ++i) fed = splitter.feed(text.substr(i, 1));
  } else {
    fed = splitter.feed(text.substr(0, cut));
    if (fed) fed = splitter.feed(text.substr(cut));
  }
  return {std::move(items), std::move(fed), splitter.rest()};
}

constexpr std::string_view list =
    R"({"kind":"PodList","metadata":{"resourceVersion":"7","items":[1]},)"
    R"("items" : [ {"a":"]}\"\\","items":[{}]} , {"b":[[{}]]},{}],"after":"items"})";

TEST(ListSplitter, gives_each_item_and_keeps_the_rest_wherever_the_pieces_are_cut) {
  for (std::size_t cut = 0; cut <= list.size(); ++cut) {
    const Split got = split(list, cut == list.size() ? std::string_view::npos : cut);
    ASSERT_TRUE(got.fed) << cut;
    EXPECT_THAT(got.items, ElementsAre(R"({"a":"]}\"\\","items":[{}]})", R"({"b":[[{}]]})", "{}"))
        << cut;
    ASSERT_TRUE(got.rest) << cut;
    EXPECT_EQ(*got.rest, R"({"kind":"PodList","metadata":{"resourceVersion":"7","items":[1]},)"
                         R"("items" : [],"after":"items"})")
        << cut;
  }
}

TEST(ListSplitter, a_list_without_items_is_one) {
  for (const std::string_view text : {R"({"items":[]})", R"({"items":null})", "{}"}) {
    const Split got = split(text, 1);
    EXPECT_TRUE(got.items.empty());
    ASSERT_TRUE(got.rest) << text;
    EXPECT_EQ(*got.rest, text);
  }
}

TEST(ListSplitter, a_list_that_was_cut_off_is_corrupt) {
  for (std::size_t bytes = 0; bytes < list.size(); ++bytes) {
    const Split got = split(list.substr(0, bytes), bytes);
    ASSERT_FALSE(got.rest) << bytes;
    EXPECT_EQ(got.rest.error().code, Errc::corrupt);
  }
}

TEST(ListSplitter, what_is_no_list_of_objects_is_corrupt) {
  for (const std::string_view text : {R"({"items":[1]})", R"({"items":["a"]})", "}", "]"}) {
    const Split got = split(text, 0);
    ASSERT_FALSE(got.fed) << text;
    EXPECT_EQ(got.fed.error().code, Errc::corrupt);
  }
}

TEST(ListSplitter, refuses_what_would_fill_the_memory) {
  const auto feed_endless = [](std::string_view begin) {
    ListSplitter splitter([](std::string_view) -> Result<> { return {}; });
    Result<> fed = splitter.feed(begin);
    const std::string piece(100'000, ' ');
    for (int i = 0; fed && i < 100; ++i) fed = splitter.feed(piece);
    return fed;
  };
  EXPECT_EQ(feed_endless(R"({"items":[{"a":")").error().code, Errc::too_large);
  EXPECT_EQ(feed_endless(R"({"a":")").error().code, Errc::too_large);
  EXPECT_TRUE(feed_endless(R"({"items":[)"));  // blanks between items are not kept
}

TEST(ListSplitter, the_error_of_who_takes_the_items_ends_the_list) {
  ListSplitter splitter(
      [](std::string_view) -> Result<> { return Error{Errc::corrupt, "no pod", ""}; });
  EXPECT_EQ(splitter.feed(list).error().message, "no pod");
}

}  // namespace
}  // namespace gthulhu::wire
