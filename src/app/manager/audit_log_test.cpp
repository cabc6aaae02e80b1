// SPDX-License-Identifier: Apache-2.0
#include "app/manager/audit_log.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/memory_store.h"

namespace gthulhu {
namespace {

AuditEntry refusal(TimePoint at, const std::string& object, const std::string& from = "192.0.2.1") {
  AuditEntry entry;
  entry.at = at;
  entry.from = from;
  entry.action = "access.refused";
  entry.object = object;
  entry.outcome = AuditOutcome::refused;
  entry.reason = "invalid or expired token";
  return entry;
}

class AuditLogTest : public testing::Test {
 protected:
  std::vector<AuditEntry> written() {
    log_.stop();
    AuditQuery query;
    query.limit = 10'000;
    return store_.entries(query).value().entries;
  }

  FakeClock clock_;
  MemoryStore store_;
  AuditLog log_{clock_, store_};
};

TEST_F(AuditLogTest, what_was_recorded_is_written_when_it_stops) {
  AuditEntry login;
  login.at = clock_.now();
  login.action = "session.login";
  log_.record(login);
  log_.record(refusal(clock_.now(), "GET /api/v1/users"));
  EXPECT_EQ(written().size(), 2u);
}

TEST_F(AuditLogTest, equal_refusals_are_one_entry_and_a_count) {
  for (int i = 0; i < 500; ++i) {
    log_.record(refusal(clock_.now(), "GET /" + std::to_string(i)));  // nobody known: any path
  }
  log_.record(refusal(clock_.now(), "GET /x", "192.0.2.2"));
  const std::vector<AuditEntry> entries = written();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries.front().after, "{\"count\":499}");
}

TEST_F(AuditLogTest, a_flood_is_counted_and_not_kept) {
  for (int i = 0; i < 20'000; ++i) {
    log_.record(refusal(clock_.now(), "GET /", "2001:db8::" + std::to_string(i)));
  }
  const std::vector<AuditEntry> entries = written();
  EXPECT_LT(entries.size(), 20'000u);
  const auto lost = std::ranges::find(entries, "audit.lost", &AuditEntry::action);
  EXPECT_NE(lost, entries.end());
}

TEST_F(AuditLogTest, entries_of_another_year_are_forgotten) {
  AuditEntry old;
  old.at = clock_.now() - std::chrono::days{401};
  old.action = "old";
  ASSERT_TRUE(store_.append(std::span(&old, 1)));
  log_.record(refusal(clock_.now(), "GET /"));
  const auto is_forgotten = [&] {
    const auto entries = store_.entries({}).value().entries;
    return std::ranges::find(entries, "old", &AuditEntry::action) == entries.end();
  };
  for (int i = 0; i < 2'000 && !is_forgotten(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  const std::vector<AuditEntry> entries = written();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].action, "access.refused");
}

}  // namespace
}  // namespace gthulhu
