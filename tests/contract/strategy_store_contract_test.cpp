// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "tests/contract/stores.h"

namespace gthulhu {
namespace {

Strategy plain(const std::string& id, int age_in_seconds = 0) {
  Strategy strategy;
  strategy.id = StrategyId(id);
  strategy.created = strategy.updated = test_time - std::chrono::seconds{age_in_seconds};
  return strategy;
}

// Every field has a value of its own, none the default.
Strategy rich(const std::string& id) {
  Strategy strategy;
  strategy.id = StrategyId(id);
  strategy.strategy_namespace = "tenant \"a\" \xe2\x82\xac";
  strategy.selector =
      LabelSelector::parse({simple_requirement("app", "upf"),
                            simple_requirement("tier", ""),
                            {"zone", LabelOperator::not_in, {"east", "west"}},
                            {"example.org/beta", LabelOperator::does_not_exist, {}}})
          .value();
  strategy.namespaces = {Namespace("core"), Namespace("edge")};
  strategy.cgroup_paths = {"/system.slice/*", "/a\\b"};
  strategy.command =
      CommandPattern::parse("^nr-(gnb|ue)$", "command", CommandMatch::cmdline).value();
  strategy.priority = Priority::parse(-7).value();
  strategy.slice = Slice::parse(2'000'001).value();
  strategy.clamped = true;
  strategy.rank = -3;
  strategy.creator = UserId("64b000000000000000000001");
  strategy.updater = UserId("64b000000000000000000002");
  strategy.created = test_time + std::chrono::milliseconds{123};
  strategy.updated = test_time + std::chrono::milliseconds{124};
  strategy.name = "gold";
  strategy.description = "line one\nline \"two\"";
  strategy.enabled = false;
  strategy.excluded_namespaces = {Namespace("test")};
  strategy.container = "main";
  strategy.excluded_pods = {PodUid("p-1"), PodUid("p-2")};
  strategy.includes_protected = true;
  strategy.confirms_all = true;
  strategy.expires = test_time + std::chrono::hours{1};
  return strategy;
}

using StrategyStoreContract = StoreContract;

TEST_P(StrategyStoreContract, a_new_store_is_empty) {
  EXPECT_EQ(strategies().strategies().value(), StoredStrategies{});
}

TEST_P(StrategyStoreContract, what_was_put_is_there_whole_and_also_after_reopening) {
  ASSERT_TRUE(strategies().put(rich("a"), {}).has_value());
  EXPECT_EQ(strategies().strategies().value().strategies, std::vector{rich("a")});

  reopen();

  EXPECT_EQ(strategies().strategies().value().strategies, std::vector{rich("a")});
  EXPECT_TRUE(strategies().strategies().value().unreadable.empty());
}

TEST_P(StrategyStoreContract, put_replaces_the_one_with_the_same_id) {
  ASSERT_TRUE(strategies().put(rich("a"), {}).has_value());
  ASSERT_TRUE(strategies().put(rich("b"), {}).has_value());
  Strategy next = plain("a");
  next.revision = 2;
  ASSERT_TRUE(strategies().put(next, {}).has_value());

  reopen();

  EXPECT_EQ(strategies().strategies().value().strategies, (std::vector{next, rich("b")}));
}

TEST_P(StrategyStoreContract, whoever_comes_too_late_is_stale_and_changes_nothing) {
  ASSERT_TRUE(strategies().put(rich("a"), {}).has_value());
  for (const std::int64_t revision : {0, 1, 3}) {
    Strategy late = plain("a");
    late.revision = revision;
    EXPECT_EQ(strategies().put(late, {}).error().code, Errc::stale) << revision;
  }
  EXPECT_EQ(strategies().strategies().value().strategies, std::vector{rich("a")});
  EXPECT_EQ(strategies().revisions(StrategyId("a")).value().size(), 1u);
}

TEST_P(StrategyStoreContract, every_revision_is_kept_also_after_deletion_and_reopening) {
  ASSERT_TRUE(strategies().put(rich("a"), {}).has_value());
  Strategy second = plain("a");
  second.revision = 2;
  ASSERT_TRUE(strategies().put(second, {}).has_value());
  AuditEntry deletion;
  deletion.at = test_time;
  deletion.user = UserId("u");
  ASSERT_TRUE(strategies().erase(StrategyId("a"), deletion).has_value());

  reopen();

  const auto revisions = strategies().revisions(StrategyId("a")).value();
  ASSERT_EQ(revisions.size(), 3u);
  EXPECT_EQ(revisions[0].strategy, rich("a"));
  EXPECT_EQ(revisions[0].by, rich("a").updater);
  EXPECT_EQ(revisions[0].at, rich("a").updated);
  EXPECT_EQ(revisions[1].strategy, second);
  EXPECT_EQ(revisions[2], (StrategyRevision{3, test_time, UserId("u"), std::nullopt, ""}));
  EXPECT_TRUE(strategies().revisions(StrategyId("b")).value().empty());
}

TEST_P(StrategyStoreContract, they_come_oldest_first_and_then_by_id) {
  for (const Strategy& strategy : {plain("b"), plain("z", 9), plain("a"), plain("y", 10)}) {
    ASSERT_TRUE(strategies().put(strategy, {}).has_value());
  }
  EXPECT_EQ(strategies().strategies().value().strategies,
            (std::vector{plain("y", 10), plain("z", 9), plain("a"), plain("b")}));
}

TEST_P(StrategyStoreContract, what_was_erased_is_gone_and_stays_gone) {
  ASSERT_TRUE(strategies().put(plain("a"), {}).has_value());
  ASSERT_TRUE(strategies().put(plain("b"), {}).has_value());
  ASSERT_TRUE(strategies().erase(StrategyId("a"), {}).has_value());

  reopen();

  EXPECT_EQ(strategies().strategies().value().strategies, std::vector{plain("b")});
  EXPECT_EQ(strategies().put(plain("a"), {}).error().code, Errc::stale);  // its number is taken
}

TEST_P(StrategyStoreContract, erasing_what_is_not_there_is_not_found) {
  ASSERT_TRUE(strategies().put(plain("a"), {}).has_value());

  EXPECT_EQ(strategies().erase(StrategyId("b"), {}).error().code, Errc::not_found);
  EXPECT_EQ(strategies().erase(StrategyId(""), {}).error().code, Errc::not_found);
  ASSERT_TRUE(strategies().erase(StrategyId("a"), {}).has_value());
  EXPECT_EQ(strategies().erase(StrategyId("a"), {}).error().code, Errc::not_found);
}

TEST_P(StrategyStoreContract, writers_at_the_same_time_lose_nothing) {
  constexpr int writers = 4;
  constexpr int each = 20;
  ASSERT_TRUE(strategies().put(rich("shared"), {}).has_value());
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < writers; ++writer) {
      threads.emplace_back([&, writer] {
        for (int i = 0; i < each; ++i) {
          const std::string id = std::to_string(writer) + "-" + std::to_string(i);
          EXPECT_TRUE(strategies().put(rich(id), {}).has_value());
          Strategy shared = rich("shared");
          do {
            ++shared.revision;
          } while (!strategies().put(shared, {}).has_value());
          EXPECT_TRUE(strategies().strategies().has_value());
          if (i % 2 == 1) EXPECT_TRUE(strategies().erase(StrategyId(id), {}).has_value());
        }
      });
    }
  }
  EXPECT_EQ(strategies().strategies().value().strategies.size(), writers * each / 2 + 1u);
  EXPECT_EQ(strategies().revisions(StrategyId("shared")).value().size(), writers * each + 1u);
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         StrategyStoreContract,
                         ::testing::ValuesIn(store_kinds()),
                         kind_name);

}  // namespace
}  // namespace gthulhu
