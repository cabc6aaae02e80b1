// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "adapters/store_sqlite/migrations.h"
#include "base/digest.h"
#include "tests/fakes/temp_directory.h"

namespace gthulhu {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat found{};
  EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
  return found.st_mode & 07777U;
}

std::string only_text(Database& database, std::string_view sql) {
  Query rows = database.query(sql).value();
  return rows.next().value() ? rows.text(0) : "nothing";
}

struct DatabaseFile : ::testing::Test {
  TempDirectory directory;
  std::string path = directory.file("db");
  Database database = Database::open(path).value();
};

TEST_F(DatabaseFile, is_set_up_to_survive_a_power_cut_in_little_memory) {
  EXPECT_EQ(only_text(database, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(only_text(database, "PRAGMA synchronous"), "2");
  EXPECT_EQ(only_text(database, "PRAGMA foreign_keys"), "1");
  EXPECT_EQ(only_text(database, "PRAGMA cache_size"), "-1024");
  EXPECT_EQ(only_text(database, "PRAGMA busy_timeout"), "5000");
}

TEST_F(DatabaseFile, belongs_to_its_owner_only) {
  ASSERT_TRUE(database.run("CREATE TABLE t (a)").has_value());
  for (const std::string& name : {path, path + "-wal", path + "-shm"}) {
    EXPECT_EQ(mode_of(name), 0600u) << name;
  }
}

TEST_F(DatabaseFile, keeps_texts_with_zeros_and_numbers_at_the_ends_of_their_range) {
  ASSERT_TRUE(database.run("CREATE TABLE t (a TEXT, b INTEGER) STRICT").has_value());
  const std::string text("a\0b'\"\xff", 6);
  Query insert = database.query("INSERT INTO t VALUES (?, ?)").value();
  ASSERT_TRUE(insert.bind(text).bind(std::numeric_limits<std::int64_t>::min()).done().has_value());

  Query rows = database.query("SELECT a, b FROM t").value();
  ASSERT_TRUE(rows.next().value());
  EXPECT_EQ(rows.text(0), text);
  EXPECT_EQ(rows.number(1), std::numeric_limits<std::int64_t>::min());
  EXPECT_FALSE(rows.next().value());
}

TEST_F(DatabaseFile, runs_a_statement_again_with_other_values) {
  ASSERT_TRUE(database.run("CREATE TABLE t (a TEXT PRIMARY KEY) STRICT").has_value());
  for (const std::string_view name : {"x", "y", ""}) {
    Query insert = database.query("INSERT INTO t VALUES (?)").value();
    ASSERT_TRUE(insert.bind(name).done().has_value());
  }
  EXPECT_EQ(only_text(database, "SELECT count(*) FROM t"), "3");
}

TEST_F(DatabaseFile, tells_a_broken_constraint_from_wrong_sql) {
  ASSERT_TRUE(database.run("CREATE TABLE t (a TEXT UNIQUE)").has_value());
  ASSERT_TRUE(database.run("INSERT INTO t VALUES ('x')").has_value());

  EXPECT_EQ(database.query("INSERT INTO t VALUES ('x')").value().done().error().code,
            Errc::conflict);
  EXPECT_EQ(database.query("SELEKT").error().code, Errc::internal);
}

TEST_F(DatabaseFile, a_parameter_too_many_is_an_error_and_not_ignored) {
  Query rows = database.query("SELECT ?").value();
  rows.bind(std::int64_t{1}).bind(std::int64_t{2});
  EXPECT_EQ(rows.next().error().code, Errc::internal);
}

TEST_F(DatabaseFile, a_transaction_that_fails_changes_nothing) {
  ASSERT_TRUE(database.run("CREATE TABLE t (a)").has_value());
  const auto failed = database.transaction([&](Database&) -> Result<> {
    TRY(database.run("INSERT INTO t VALUES (1)"));
    return Error{Errc::stale, "changed my mind", ""};
  });

  EXPECT_EQ(failed.error().code, Errc::stale);
  EXPECT_EQ(only_text(database, "SELECT count(*) FROM t"), "0");
  EXPECT_TRUE(database.transaction([](Database&) { return Result<>{}; }).has_value());
}

TEST_F(DatabaseFile, that_was_replaced_takes_no_more_changes) {
  ASSERT_TRUE(database.run("CREATE TABLE t (x)").has_value());
  const auto insert = [](Database& open) { return open.run("INSERT INTO t VALUES (1)"); };
  std::filesystem::rename(path, path + ".away");
  EXPECT_EQ(database.transaction(insert).error().code, Errc::unavailable);
  EXPECT_EQ(database.execute("INSERT INTO t VALUES (2)").error().message,
            "the store's file was removed or replaced");
  EXPECT_EQ(only_text(database, "SELECT count(*) FROM t"), "0");

  std::filesystem::rename(path + ".away", path);
  EXPECT_TRUE(database.transaction(insert).has_value());
}

TEST(DatabaseErrors, a_file_that_is_no_database_is_corrupt) {
  const TempDirectory directory;
  std::ofstream(directory.file("db")) << std::string(4096, 'x');

  EXPECT_EQ(Database::open(directory.file("db")).error().code, Errc::corrupt);
}

TEST(DatabaseErrors, a_place_that_does_not_exist_is_named) {
  const auto opened = Database::open("/nowhere/db");
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Errc::unavailable);
  EXPECT_NE(opened.error().message.find("/nowhere/db"), std::string::npos);
}

struct Migrations : DatabaseFile {
  const std::vector<Migration> two{{1, "CREATE TABLE a (x);"},
                                   {2, "CREATE TABLE b (x); INSERT INTO b VALUES (7);"}};
  const TimePoint now{std::chrono::milliseconds{1234}};
};

TEST_F(Migrations, run_once_and_are_recorded) {
  ASSERT_TRUE(migrate(database, std::span(two).first(1), now).has_value());
  ASSERT_TRUE(migrate(database, two, now).has_value());
  ASSERT_TRUE(migrate(database, two, now).has_value());

  EXPECT_EQ(only_text(database, "SELECT count(*) FROM b"), "1");
  EXPECT_EQ(only_text(database, "SELECT group_concat(version) FROM gthulhu_migrations"), "1,2");
  EXPECT_EQ(only_text(database, "SELECT applied_ms FROM gthulhu_migrations"), "1234");
  EXPECT_EQ(only_text(database, "SELECT length(checksum) FROM gthulhu_migrations"), "64");
}

TEST_F(Migrations, a_store_of_a_newer_program_is_refused) {
  ASSERT_TRUE(migrate(database, two, now).has_value());

  const auto older = migrate(database, std::span(two).first(1), now);
  ASSERT_FALSE(older.has_value());
  EXPECT_EQ(older.error().code, Errc::unsupported);
  EXPECT_NE(older.error().message.find("schema 2, this program knows 1"), std::string::npos);
}

TEST_F(Migrations, of_several_programs_at_once_run_once) {
  std::vector<Database> others;
  for (int i = 0; i < 4; ++i) others.push_back(Database::open(path).value());
  {
    std::vector<std::jthread> threads;
    for (Database& other : others) {
      threads.emplace_back([&] { EXPECT_TRUE(migrate(other, two, now).has_value()); });
    }
  }
  EXPECT_EQ(only_text(database, "SELECT count(*) FROM b"), "1");
  EXPECT_EQ(only_text(database, "SELECT group_concat(version) FROM gthulhu_migrations"), "1,2");
}

// A step that was published is never changed: stores have its checksum. Add another one.
TEST(PublishedMigrations, are_what_they_were) {
  const std::vector<Migration> steps = migrations();
  const std::vector<std::string> published = {
      "4be3a0c9248e1044d89d71fbabec126e02ecf7af5c1866178f2d3130da0ea0bc",
      "bbcf74cbe7cfeaa652310a8024077e81a07cde476eb6ae63a827d09e8d32b5fc",
      "d387f7840e10681c654ed0d7f7a16d3658d02965b6e4e6eb2b965bf357b920e3",
      "e522f5fa2ed60d1595fca8acdbd7a926118a0b1d58e739ec67dc70dffc9a255c",
      "faf5932485e659a023797775b0f5de99168f1e24ff70ba69a2a0dae716a5d89b"};
  ASSERT_EQ(steps.size(), published.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(sha256(steps[i].sql).hex(), published[i]) << steps[i].version;
  }
}

TEST_F(Migrations, a_step_that_was_changed_afterwards_is_noticed) {
  ASSERT_TRUE(migrate(database, two, now).has_value());
  const std::vector<Migration> changed{two[0], {2, "CREATE TABLE c (x);"}};

  EXPECT_EQ(migrate(database, changed, now).error().code, Errc::corrupt);
}

TEST_F(Migrations, a_step_that_fails_is_as_if_it_had_not_begun) {
  const std::vector<Migration> broken{two[0],
                                      {2, "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1);"}};

  ASSERT_FALSE(migrate(database, broken, now).has_value());
  EXPECT_EQ(only_text(database, "SELECT max(version) FROM gthulhu_migrations"), "1");
  EXPECT_TRUE(migrate(database, two, now).has_value());
}

}  // namespace
}  // namespace gthulhu
