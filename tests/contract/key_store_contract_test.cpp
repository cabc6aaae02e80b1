// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "tests/contract/stores.h"

namespace gthulhu {
namespace {

using KeyStoreContract = StoreContract;

TEST_P(KeyStoreContract, a_new_store_has_no_key) {
  EXPECT_EQ(keys().key("manager").value(), std::nullopt);
}

TEST_P(KeyStoreContract, keys_are_kept_apart_and_replaced_by_name) {
  ASSERT_TRUE(keys().put_key("manager", "first\n").has_value());
  ASSERT_TRUE(keys().put_key("decisionmaker", "other\n").has_value());
  ASSERT_TRUE(keys().put_key("manager", "second\n").has_value());
  for (int opened = 0; opened < 2; ++opened) {
    EXPECT_EQ(keys().key("manager").value(), "second\n");
    EXPECT_EQ(keys().key("decisionmaker").value(), "other\n");
    EXPECT_EQ(keys().key("").value(), std::nullopt);
    reopen();
  }
}

TEST_P(KeyStoreContract, verification_keys_are_kept_by_id_replaced_and_erased) {
  const VerificationKey signing{"b", "public b\n", std::nullopt};
  const VerificationKey retired{"a", "public a\n", test_time};
  EXPECT_EQ(keys().verification_keys().value(), std::vector<VerificationKey>{});
  ASSERT_TRUE(keys().put_verification_key(signing).has_value());
  ASSERT_TRUE(keys().put_verification_key(retired).has_value());
  reopen();
  EXPECT_EQ(keys().verification_keys().value(), (std::vector{retired, signing}));

  const VerificationKey replaced{"b", "public b\n", test_time + std::chrono::seconds{1}};
  ASSERT_TRUE(keys().put_verification_key(replaced).has_value());
  ASSERT_TRUE(keys().erase_verification_key("a").has_value());
  ASSERT_TRUE(keys().erase_verification_key("a").has_value());
  reopen();
  EXPECT_EQ(keys().verification_keys().value(), std::vector{replaced});
}

TEST_P(KeyStoreContract, keys_of_pods_are_kept_replaced_and_erased_by_when_they_were_shown) {
  const PodKey old{sha256("old"), test_time};
  const PodKey present{sha256("present"), test_time + std::chrono::hours{1}};
  EXPECT_EQ(keys().pod_key(PodUid("a")).value(), std::nullopt);
  ASSERT_TRUE(keys().put_pod_key(PodUid("a"), present).has_value());
  ASSERT_TRUE(keys().put_pod_key(PodUid("a"), old).has_value());
  ASSERT_TRUE(keys().put_pod_key(PodUid("b"), present).has_value());
  reopen();
  EXPECT_EQ(keys().pod_key(PodUid("a")).value(), old);
  EXPECT_EQ(keys().pod_key(PodUid("b")).value(), present);

  ASSERT_TRUE(keys().erase_pod_keys(present.shown).has_value());
  reopen();
  EXPECT_EQ(keys().pod_key(PodUid("a")).value(), std::nullopt);
  EXPECT_EQ(keys().pod_key(PodUid("b")).value(), present);
}

TEST_P(KeyStoreContract, readers_at_the_same_time_as_a_writer_see_a_whole_key) {
  const std::string old_key(4000, 'o');
  const std::string new_key(4000, 'n');
  ASSERT_TRUE(keys().put_key("manager", old_key).has_value());
  std::jthread writer([&] {
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(keys().put_key("manager", i % 2 == 0 ? new_key : old_key).has_value());
    }
  });
  for (int i = 0; i < 50; ++i) {
    const auto seen = keys().key("manager").value();
    EXPECT_TRUE(seen == old_key || seen == new_key);
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, KeyStoreContract, ::testing::ValuesIn(store_kinds()), kind_name);

}  // namespace
}  // namespace gthulhu
