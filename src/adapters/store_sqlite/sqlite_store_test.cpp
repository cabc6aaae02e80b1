// SPDX-License-Identifier: Apache-2.0
//
// What only this store does; what every store does is in tests/contract.
#include "adapters/store_sqlite/sqlite_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>
#include <span>

#include "adapters/store_sqlite/migrations.h"
#include "core/access/permission.h"
#include "tests/fakes/temp_directory.h"

namespace gthulhu {
namespace {

constexpr TimePoint now{std::chrono::seconds{1'764'000'000}};

mode_t mode_of(const std::string& path) {
  struct stat found{};
  EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
  return found.st_mode & 07777U;
}

// Runs SQL behind the store's back, as another program would.
void meddle(const std::string& directory, const std::string& sql) {
  Database database = Database::open(directory + "/gthulhu.db").value();
  const auto done = database.run(sql);
  ASSERT_TRUE(done.has_value()) << done.error().text();
}

Strategy named(const std::string& id) {
  Strategy strategy;
  strategy.id = StrategyId(id);
  strategy.created = strategy.updated = now;
  return strategy;
}

TEST(SqliteStore, makes_a_private_directory_and_private_files) {
  const TempDirectory parent;
  const std::string path = parent.file("a/b/");
  const auto store = SqliteStore::open(path, now).value();

  EXPECT_EQ(mode_of(parent.file("a")), 0700u);
  EXPECT_EQ(mode_of(parent.file("a/b")), 0700u);
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    EXPECT_EQ(mode_of(entry.path()), 0600u) << entry.path();
  }
}

TEST(SqliteStore, takes_a_relative_directory) {
  const TempDirectory parent;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(parent.path());
  const auto store = SqliteStore::open("data", now);
  std::filesystem::current_path(before);

  EXPECT_TRUE(store.has_value());
  EXPECT_TRUE(std::filesystem::exists(parent.file("data/gthulhu.db")));
}

TEST(SqliteStore, a_directory_behind_a_symbolic_link_is_the_same_directory) {
  const TempDirectory parent;
  std::filesystem::create_directory(parent.file("real"));
  std::filesystem::create_directory_symlink("real", parent.file("link"));

  const auto store = SqliteStore::open(parent.file("link"), now);
  ASSERT_TRUE(store.has_value()) << store.error().text();
  EXPECT_EQ(SqliteStore::open(parent.file("real"), now).error().code, Errc::conflict);
}

TEST(SqliteStore, a_second_user_of_the_directory_is_refused_by_name) {
  const TempDirectory directory;
  auto first = SqliteStore::open(directory.path(), now);
  ASSERT_TRUE(first.has_value());

  const auto second = SqliteStore::open(directory.path() + "/", now);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Errc::conflict);
  EXPECT_NE(second.error().message.find(directory.path()), std::string::npos);

  first->reset();
  EXPECT_TRUE(SqliteStore::open(directory.path(), now).has_value());
}

TEST(SqliteStore, a_directory_that_cannot_be_made_is_named) {
  const auto store = SqliteStore::open("/proc/nowhere", now);
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().code, Errc::unavailable);
  EXPECT_NE(store.error().message.find("/proc/nowhere"), std::string::npos);
  EXPECT_EQ(SqliteStore::open("", now).error().code, Errc::invalid_argument);
}

TEST(SqliteStore, values_out_of_range_are_loaded_clamped_and_marked) {
  const TempDirectory directory;
  ASSERT_TRUE(SqliteStore::open(directory.path(), now).value()->strategies().put(named("a"), {}));
  struct Row {
    std::string sql;
    int priority;
    std::int64_t slice;
    bool clamped;
  };
  const Row rows[] = {{"priority = 20, slice_ns = 100000", 20, 100'000, false},
                      {"priority = 21, slice_ns = 0", 20, 0, true},
                      {"priority = -300, slice_ns = 0", -20, 0, true},
                      {"priority = 0, slice_ns = 5", 0, 100'000, true},
                      {"priority = 0, slice_ns = 9000000000", 0, 100'000'000, true},
                      {"priority = 0, slice_ns = -1", 0, 0, true},
                      {"priority = 0, slice_ns = 0, rank = 99999999999", 0, 0, true}};
  for (const Row& row : rows) {
    meddle(directory.path(), "UPDATE strategies SET " + row.sql);
    const auto store = SqliteStore::open(directory.path(), now).value();
    const StoredStrategies stored = store->strategies().strategies().value();
    ASSERT_EQ(stored.strategies.size(), 1u) << row.sql;
    EXPECT_EQ(stored.strategies[0].priority.value(), row.priority) << row.sql;
    EXPECT_EQ(stored.strategies[0].slice.length().count(), row.slice) << row.sql;
    EXPECT_EQ(stored.strategies[0].clamped, row.clamped) << row.sql;
  }
}

TEST(SqliteStore, a_row_that_cannot_be_read_is_reported_and_hides_no_other) {
  for (const std::string& damage :
       {std::string("command_regex = '('"),
        std::string("selector = '[{\"key\":\"a b\",\"operator\":\"Exists\"}]'"),
        std::string("selector = '[{\"key\":\"a\",\"operator\":\"Like\"}]'"),
        std::string("selector = '{}'"), std::string("selector = ''"),
        std::string("namespaces = '[1]'"), std::string("cgroup_paths = 'x'")}) {
    const TempDirectory directory;
    {
      const auto store = SqliteStore::open(directory.path(), now).value();
      for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(store->strategies().put(named(id), {}));
    }
    meddle(directory.path(), "UPDATE strategies SET " + damage + " WHERE id = 'b'");

    const auto store = SqliteStore::open(directory.path(), now).value();
    const StoredStrategies stored = store->strategies().strategies().value();
    EXPECT_EQ(stored.strategies, (std::vector{named("a"), named("c")})) << damage;
    ASSERT_EQ(stored.unreadable.size(), 1u) << damage;
    EXPECT_EQ(stored.unreadable[0].substr(0, 12), "strategy b: ") << damage;

    ASSERT_TRUE(store->strategies().erase(StrategyId("b"), {}).has_value());
    EXPECT_TRUE(store->strategies().strategies().value().unreadable.empty());
  }
}

TEST(SqliteStore, a_user_that_cannot_be_read_is_corrupt_and_not_somebody_else) {
  const TempDirectory directory;
  User user;
  user.id = UserId("u");
  user.username = "name";
  ASSERT_TRUE(SqliteStore::open(directory.path(), now).value()->accounts().add(user, {}));
  meddle(directory.path(), "UPDATE users SET status = 9");

  const auto store = SqliteStore::open(directory.path(), now).value();
  EXPECT_EQ(store->accounts().user(UserId("u")).error().code, Errc::corrupt);
  EXPECT_EQ(store->accounts().user_named("name").error().code, Errc::corrupt);
}

TEST(SqliteStore, a_newer_store_is_refused) {
  const TempDirectory directory;
  ASSERT_TRUE(SqliteStore::open(directory.path(), now).has_value());
  meddle(directory.path(),
         "INSERT INTO gthulhu_migrations SELECT max(version) + 1, 0, 'x' FROM gthulhu_migrations");

  EXPECT_EQ(SqliteStore::open(directory.path(), now).error().code, Errc::unsupported);
}

TEST(SqliteStore, a_role_without_policies_is_still_a_role) {
  const TempDirectory directory;
  ASSERT_TRUE(SqliteStore::open(directory.path(), now).has_value());
  meddle(directory.path(), "INSERT INTO roles (id, name, description) VALUES ('r', 'empty', '')");

  const auto roles = SqliteStore::open(directory.path(), now).value()->accounts().roles().value();
  ASSERT_EQ(roles.size(), 2u);
  EXPECT_EQ(roles[1].name, RoleName("empty"));
  EXPECT_TRUE(roles[1].policies.empty());
}

TEST(SqliteStore, what_the_first_version_wrote_is_all_there_and_begins_its_revisions) {
  const TempDirectory directory;
  {
    Database database = Database::open(directory.path() + "/gthulhu.db").value();
    const std::vector<Migration> all = migrations();
    ASSERT_TRUE(migrate(database, std::span(all).first(1), now).has_value());
    ASSERT_TRUE(database
                    .run("INSERT INTO strategies VALUES ('s', 'tenant', '[]', '[\"core\"]', '[]', "
                         "'nginx', 5, 2000000, 0, 3, 'u', 'u', 1000, 2000);"
                         "INSERT INTO users VALUES ('u', 'anna', 'hash', 1, '[\"admin\"]', 7, "
                         "1000, 2000);")
                    .has_value());
  }
  const auto store = SqliteStore::open(directory.path(), now).value();
  const StoredStrategies stored = store->strategies().strategies().value();
  ASSERT_EQ(stored.strategies.size(), 1u);
  const Strategy& strategy = stored.strategies[0];
  EXPECT_EQ(strategy.revision, 1);
  EXPECT_TRUE(strategy.enabled);
  EXPECT_EQ(strategy.namespaces, std::vector{Namespace("core")});
  EXPECT_EQ(strategy.rank, 3);
  EXPECT_EQ(strategy.expires, std::nullopt);
  const auto revisions = store->strategies().revisions(StrategyId("s")).value();
  ASSERT_EQ(revisions.size(), 1u);
  EXPECT_EQ(revisions[0].strategy, strategy);
  const User user = store->accounts().user(UserId("u")).value().value();
  EXPECT_EQ(user.token_version, 7);
  EXPECT_EQ(user.revision, 1);
  Strategy next = strategy;
  next.revision = 2;
  EXPECT_TRUE(store->strategies().put(next, {}).has_value());
}

TEST(SqliteStore, a_change_whose_audit_entry_cannot_be_written_is_not_made) {
  const TempDirectory directory;
  const auto store = SqliteStore::open(directory.path(), now).value();
  meddle(directory.path(),
         "CREATE TRIGGER full BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'full'); END");
  EXPECT_FALSE(store->strategies().put(named("a"), {}).has_value());
  EXPECT_TRUE(store->strategies().strategies().value().strategies.empty());
  EXPECT_TRUE(store->strategies().revisions(StrategyId("a")).value().empty());
  User user;
  user.id = UserId("u");
  user.username = "anna";
  EXPECT_FALSE(store->accounts().add(user, {}).has_value());
  EXPECT_TRUE(store->accounts().users().value().empty());
}

}  // namespace
}  // namespace gthulhu
