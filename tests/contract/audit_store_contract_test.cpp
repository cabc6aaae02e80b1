// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/stores.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using AuditStoreContract = StoreContract;

AuditEntry entry(const std::string& action, std::chrono::seconds age = 0s) {
  AuditEntry made;
  made.at = test_time - age;
  made.user = UserId("64b000000000000000000001");
  made.username = "anna";
  made.from = "127.0.0.1";
  made.request_id = "r-1";
  made.action = action;
  made.object = "strategy/a";
  made.before = "{\"a\":1}";
  made.after = "{\"a\":2}";
  return made;
}

AuditEntry refusal() {
  AuditEntry made = entry("access.refused");
  made.username = "";
  made.outcome = AuditOutcome::refused;
  made.reason = "invalid or expired token";
  made.object = "GET /api/v1/users";
  return made;
}

TEST_P(AuditStoreContract, entries_come_back_whole_newest_first_and_also_after_reopening) {
  const std::vector entries{entry("strategy.create", 2s), refusal()};
  ASSERT_TRUE(audit().append(entries).has_value());
  reopen();
  AuditPage page = audit().entries({}).value();
  ASSERT_EQ(page.entries.size(), 2u);
  EXPECT_EQ(page.total, 2u);
  EXPECT_GT(page.entries[0].sequence, page.entries[1].sequence);
  for (AuditEntry& read : page.entries) read.sequence = 0;
  EXPECT_EQ(page.entries[0], entries[1]);
  EXPECT_EQ(page.entries[1], entries[0]);
}

TEST_P(AuditStoreContract, pages_follow_one_another_by_the_sequence) {
  for (int i = 0; i < 5; ++i) {
    const std::vector one{entry("a." + std::to_string(i))};
    ASSERT_TRUE(audit().append(one).has_value());
  }
  AuditQuery query;
  query.limit = 2;
  const AuditPage first = audit().entries(query).value();
  EXPECT_EQ(first.total, 5u);
  EXPECT_EQ(first.entries.at(1).action, "a.3");
  query.before_sequence = first.entries.at(1).sequence;
  const AuditPage second = audit().entries(query).value();
  EXPECT_EQ(second.total, 5u);
  EXPECT_EQ(second.entries.at(0).action, "a.2");
}

TEST_P(AuditStoreContract, every_filter_finds_only_its_own) {
  const std::vector entries{entry("strategy.create", 10s), entry("strategy.update", 5s),
                            entry("strategyx", 4s), refusal()};
  ASSERT_TRUE(audit().append(entries).has_value());
  const auto count = [&](const std::function<void(AuditQuery&)>& narrow) {
    AuditQuery query;
    narrow(query);
    return audit().entries(query).value().total;
  };
  EXPECT_EQ(count([](AuditQuery& query) { query.user = "anna"; }), 3u);
  EXPECT_EQ(count([](AuditQuery& query) { query.action = "strategy"; }), 2u);
  EXPECT_EQ(count([](AuditQuery& query) { query.action = "strategy.update"; }), 1u);
  EXPECT_EQ(count([](AuditQuery& query) { query.object = "GET /api/v1/users"; }), 1u);
  EXPECT_EQ(count([](AuditQuery& query) { query.outcome = AuditOutcome::refused; }), 1u);
  EXPECT_EQ(count([](AuditQuery& query) { query.from = test_time - 5s; }), 3u);
  EXPECT_EQ(count([](AuditQuery& query) { query.to = test_time - 5s; }), 1u);
}

TEST_P(AuditStoreContract, old_entries_are_forgotten_and_numbers_are_not_given_again) {
  const std::vector entries{entry("old", 10s), entry("new")};
  ASSERT_TRUE(audit().append(entries).has_value());
  ASSERT_TRUE(audit().forget(test_time - 5s).has_value());
  const AuditPage page = audit().entries({}).value();
  ASSERT_EQ(page.entries.size(), 1u);
  EXPECT_EQ(page.entries[0].action, "new");
  const std::int64_t newest = page.entries[0].sequence;
  ASSERT_TRUE(audit().forget(test_time + 1h).has_value());
  ASSERT_TRUE(audit().append(entries).has_value());
  EXPECT_GT(audit().entries({}).value().entries.at(1).sequence, newest);
}

TEST_P(AuditStoreContract, a_change_has_its_entry_and_a_refused_change_has_none) {
  Strategy strategy;
  strategy.id = StrategyId("s");
  ASSERT_TRUE(strategies().put(strategy, entry("strategy.create")).has_value());
  ASSERT_FALSE(strategies().put(strategy, entry("strategy.update")).has_value());  // stale
  ASSERT_TRUE(strategies().erase(strategy.id, entry("strategy.delete")).has_value());
  ASSERT_FALSE(strategies().erase(strategy.id, entry("strategy.delete")).has_value());
  User user;
  user.id = UserId("u");
  user.username = "otto";
  ASSERT_TRUE(accounts().add(user, entry("user.create")).has_value());
  ASSERT_FALSE(accounts().add(user, entry("user.create")).has_value());
  user.revision = 2;
  ASSERT_TRUE(accounts().replace(user, entry("user.update")).has_value());
  Role role;
  role.id = RoleId("r");
  role.name = RoleName("r");
  ASSERT_TRUE(accounts().add_role(role, entry("role.create")).has_value());
  role.revision = 2;
  ASSERT_TRUE(accounts().replace_role(role, entry("role.update")).has_value());
  ASSERT_TRUE(accounts().erase_role(role.id, entry("role.delete")).has_value());
  const AuditPage page = audit().entries({}).value();
  std::vector<std::string> actions;
  for (const AuditEntry& read : page.entries) actions.insert(actions.begin(), read.action);
  EXPECT_EQ(actions,
            (std::vector<std::string>{"strategy.create", "strategy.delete", "user.create",
                                      "user.update", "role.create", "role.update", "role.delete"}));
}

TEST_P(AuditStoreContract, a_store_that_works_is_healthy) {
  EXPECT_TRUE(health().check().has_value());
}

INSTANTIATE_TEST_SUITE_P(Stores, AuditStoreContract, ::testing::ValuesIn(store_kinds()), kind_name);

}  // namespace
}  // namespace gthulhu
