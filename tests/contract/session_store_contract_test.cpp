// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/stores.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using SessionStoreContract = StoreContract;

RefreshSession numbered(const std::string& id,
                        const std::string& family,
                        std::chrono::seconds age = 0s) {
  RefreshSession session;
  session.id = SessionId(id);
  session.family = FamilyId(family);
  session.user = UserId("u");
  session.token_hash = "hash of " + id;
  session.created = test_time - age;
  session.expires = session.created + 24h;
  return session;
}

TEST_P(SessionStoreContract, what_began_is_there_whole_and_also_after_reopening) {
  ASSERT_TRUE(sessions().begin_family(numbered("a", "f"), 8).has_value());
  reopen();
  EXPECT_EQ(sessions().session(SessionId("a")).value(), numbered("a", "f"));
  EXPECT_EQ(sessions().session(SessionId("b")).value(), std::nullopt);
}

TEST_P(SessionStoreContract, a_replaced_session_says_since_when_and_keeps_the_first_time) {
  ASSERT_TRUE(sessions().begin_family(numbered("a", "f", 60s), 8).has_value());
  ASSERT_TRUE(sessions().replace_session(SessionId("a"), numbered("b", "f", 30s)).has_value());
  ASSERT_TRUE(sessions().replace_session(SessionId("a"), numbered("c", "f", 25s)).has_value());
  EXPECT_EQ(sessions().session(SessionId("a")).value()->replaced, test_time - 30s);
  EXPECT_EQ(sessions().session(SessionId("b")).value()->replaced, std::nullopt);
  EXPECT_EQ(sessions().replace_session(SessionId("x"), numbered("d", "f")).error().code,
            Errc::not_found);
  EXPECT_EQ(sessions().session(SessionId("d")).value(), std::nullopt);
}

TEST_P(SessionStoreContract, only_the_newest_families_of_a_user_stay) {
  for (const auto& [family, age] : {std::pair{"f", 50s}, {"g", 40s}, {"h", 30s}}) {
    ASSERT_TRUE(sessions().begin_family(numbered(family, family, age), 3).has_value());
  }
  RefreshSession of_another = numbered("o", "o", 60s);
  of_another.user = UserId("v");
  ASSERT_TRUE(sessions().begin_family(of_another, 3).has_value());
  // f was used last of all and so is not the oldest any more.
  ASSERT_TRUE(sessions().replace_session(SessionId("f"), numbered("f2", "f", 20s)).has_value());
  ASSERT_TRUE(sessions().begin_family(numbered("i", "i"), 3).has_value());
  EXPECT_EQ(sessions().session(SessionId("g")).value(), std::nullopt);
  for (const char* id : {"f", "f2", "h", "i", "o"}) {
    EXPECT_TRUE(sessions().session(SessionId(id)).value().has_value()) << id;
  }
}

TEST_P(SessionStoreContract, expired_ones_are_swept_when_another_begins) {
  ASSERT_TRUE(sessions().begin_family(numbered("old", "f", 25h), 8).has_value());
  ASSERT_TRUE(sessions().begin_family(numbered("new", "g"), 8).has_value());
  EXPECT_EQ(sessions().session(SessionId("old")).value(), std::nullopt);
}

TEST_P(SessionStoreContract, a_family_or_all_of_a_user_can_be_ended) {
  ASSERT_TRUE(sessions().begin_family(numbered("a", "f"), 8).has_value());
  ASSERT_TRUE(sessions().replace_session(SessionId("a"), numbered("b", "f")).has_value());
  ASSERT_TRUE(sessions().begin_family(numbered("c", "g"), 8).has_value());
  ASSERT_TRUE(sessions().end_family(FamilyId("f")).has_value());
  EXPECT_EQ(sessions().session(SessionId("a")).value(), std::nullopt);
  EXPECT_EQ(sessions().session(SessionId("b")).value(), std::nullopt);
  EXPECT_TRUE(sessions().session(SessionId("c")).value().has_value());
  ASSERT_TRUE(sessions().end_sessions_of(UserId("u")).has_value());
  EXPECT_EQ(sessions().session(SessionId("c")).value(), std::nullopt);
  EXPECT_TRUE(sessions().end_family(FamilyId("none")).has_value());
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         SessionStoreContract,
                         ::testing::ValuesIn(store_kinds()),
                         kind_name);

}  // namespace
}  // namespace gthulhu
