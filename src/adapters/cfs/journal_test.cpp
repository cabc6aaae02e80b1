// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/journal.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "adapters/cfs/test_machine.h"

namespace gthulhu {
namespace {

using testing::FailingStorage;

TaskRecord task(pid_t tid, int nice = -10) {
  Carrier carrier{{tid, 7}, "/a pod/with blanks", 6, true, {}, {}, {}};
  carrier.base = {SCHED_BATCH, 3, 0};
  carrier.previous = {SCHED_BATCH, -4, 200'000};
  carrier.applied = {SCHED_BATCH, nice, 100'000};
  return {{tid, 7}, carrier};
}

GroupRecord group(std::string path) {
  return {std::move(path), 42, {100, false}, {100, false}, {0, true}, "unset"};
}

JournalBatch nothing() {
  return {};
}

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void append_raw(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::app) << text;
}

TEST(JournalRecords, everything_comes_back_as_it_went) {
  const std::string text = encode_boot("b-1") + encode({{task(1)}, {group("/x y")}, {}, {}});
  const JournalContent content = decode_journal(text);
  EXPECT_EQ(content.boot_id, "b-1");
  const Carrier& carrier = content.tasks.at({1, 7}).carrier;
  EXPECT_EQ(carrier.process, (TaskId{1, 7}));
  EXPECT_EQ(carrier.cgroup, "/a pod/with blanks");
  EXPECT_EQ(carrier.since_ticks, 6U);
  EXPECT_TRUE(carrier.reset_on_fork);
  EXPECT_EQ(carrier.base, task(1).carrier.base);
  EXPECT_EQ(carrier.previous, task(1).carrier.previous);
  EXPECT_EQ(carrier.applied, task(1).carrier.applied);
  const GroupRecord& read = content.groups.at("/x y");
  EXPECT_EQ(read.inode, 42U);
  EXPECT_EQ(read.base, (GroupValues{100, false}));
  EXPECT_EQ(read.applied, (GroupValues{0, true}));
  EXPECT_EQ(read.property, "unset");
  EXPECT_FALSE(content.torn_tail);
  EXPECT_EQ(content.damaged_lines, 0U);
}

TEST(JournalRecords, a_line_is_the_crc_of_zlib_and_its_fields) {
  EXPECT_EQ(encode_boot("x"), "147b151b boot x\n");
}

TEST(JournalRecords, later_records_replace_earlier_ones_and_gone_ends_them) {
  const std::string text = encode({{task(1, -10), task(2)}, {group("/x")}, {}, {}}) +
                           encode({{task(1, -5)}, {}, {{2, 7}, {9, 9}}, {"/x"}});
  const JournalContent content = decode_journal(text);
  ASSERT_EQ(content.tasks.size(), 1U);
  EXPECT_EQ(content.tasks.at({1, 7}).carrier.applied.nice, -5);
  EXPECT_TRUE(content.groups.empty());
}

TEST(JournalRecords, every_torn_tail_leaves_what_was_before_it) {
  const std::string whole = encode_boot("b") + encode({{task(1)}, {}, {}, {}});
  const std::string last = encode({{task(2)}, {}, {}, {}});
  for (std::size_t kept = 1; kept < last.size(); ++kept) {
    const JournalContent content = decode_journal(whole + last.substr(0, kept));
    EXPECT_TRUE(content.torn_tail) << kept;
    EXPECT_EQ(content.damaged_lines, 0U);
    EXPECT_EQ(content.tasks.size(), 1U);
  }
}

TEST(JournalRecords, one_changed_byte_is_seen_and_costs_its_line_only) {
  const std::string first = encode_boot("b");
  const std::string damaged = encode({{task(1)}, {}, {}, {}});
  const std::string last = encode({{task(2)}, {}, {}, {}});
  for (std::size_t at = 0; at + 1 < damaged.size(); ++at) {
    std::string bad = damaged;
    bad[at] = bad[at] == '1' ? '2' : '1';
    const JournalContent content = decode_journal(first + bad + last);
    EXPECT_EQ(content.damaged_lines, 1U) << at;
    EXPECT_EQ(content.tasks.size(), 1U);
    EXPECT_TRUE(content.tasks.contains({2, 7}));
  }
}

class OnDisk : public ::testing::Test {
 protected:
  Journal::Opened open(std::string boot = "b") {
    auto opened = Journal::open(storage_, std::move(boot));
    EXPECT_TRUE(opened.has_value());
    return *std::move(opened);
  }
  const TempDirectory directory_;
  const std::string path_ = directory_.path() + "/originals";
  FailingStorage storage_{path_};
};

TEST_F(OnDisk, a_first_start_finds_nothing_and_says_so) {
  const Journal::Opened opened = open();
  EXPECT_TRUE(opened.content.tasks.empty());
  EXPECT_EQ(opened.trouble, "");
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(OnDisk, what_was_appended_is_there_at_the_next_start) {
  Journal::Opened first = open();
  ASSERT_TRUE(first.journal.append({{task(1)}, {}, {}, {}}, nothing));
  ASSERT_TRUE(first.journal.append({{task(2)}, {group("/x")}, {}, {}}, nothing));
  const Journal::Opened second = open();
  EXPECT_EQ(second.content.tasks.size(), 2U);
  EXPECT_EQ(second.content.groups.size(), 1U);
  EXPECT_EQ(std::filesystem::status(path_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(OnDisk, a_journal_of_another_boot_is_void) {
  Journal::Opened first = open("monday");
  ASSERT_TRUE(first.journal.append({{task(1)}, {}, {}, {}}, nothing));
  Journal::Opened second = open("tuesday");
  EXPECT_TRUE(second.content.tasks.empty());
  EXPECT_EQ(second.trouble, "");
  ASSERT_TRUE(second.journal.append({{task(2)}, {}, {}, {}}, nothing));
  EXPECT_EQ(open("tuesday").content.tasks.size(), 1U);
}

TEST_F(OnDisk, after_a_torn_tail_the_next_append_is_whole) {
  Journal::Opened first = open();
  ASSERT_TRUE(first.journal.append({{task(1)}, {}, {}, {}}, nothing));
  append_raw(path_, "12345678 task 3 4");
  Journal::Opened second = open();
  EXPECT_EQ(second.trouble, "");
  const auto live = [] { return JournalBatch{{task(1)}, {}, {}, {}}; };
  ASSERT_TRUE(second.journal.append({{task(2)}, {}, {}, {}}, live));
  const Journal::Opened third = open();
  EXPECT_EQ(third.content.tasks.size(), 2U);
  EXPECT_EQ(third.content.damaged_lines, 0U);
}

TEST_F(OnDisk, damage_in_the_middle_is_set_aside_and_reported) {
  Journal::Opened first = open();
  ASSERT_TRUE(first.journal.append({{task(1)}, {}, {}, {}}, nothing));
  append_raw(path_, "what is this\n" + encode({{task(2)}, {}, {}, {}}));
  const std::string before = content_of(path_);
  const Journal::Opened second = open();
  EXPECT_EQ(second.content.tasks.size(), 2U);
  EXPECT_NE(second.trouble.find(path_ + ".damaged-1"), std::string::npos) << second.trouble;
  EXPECT_EQ(content_of(path_ + ".damaged-1"), before);
  const Journal::Opened third = open();
  EXPECT_NE(third.trouble.find(path_ + ".damaged-2"), std::string::npos) << third.trouble;
}

TEST_F(OnDisk, a_full_disk_is_an_error_and_nothing_is_lost_once_there_is_room) {
  Journal::Opened first = open();
  ASSERT_TRUE(first.journal.append({{task(1)}, {}, {}, {}}, nothing));
  storage_.full = true;
  const Result<> refused = first.journal.append({{task(2)}, {}, {}, {}}, nothing);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_EQ(open().content.tasks.size(), 1U) << "the half record is a torn tail";
  storage_.full = false;
  const auto live = [] { return JournalBatch{{task(1)}, {}, {}, {}}; };
  ASSERT_TRUE(first.journal.append({{task(3)}, {}, {}, {}}, live));
  const Journal::Opened second = open();
  EXPECT_EQ(second.content.tasks.size(), 2U);
  EXPECT_TRUE(second.content.tasks.contains({3, 7}));
  EXPECT_EQ(second.content.damaged_lines, 0U);
}

TEST_F(OnDisk, it_does_not_grow_for_ever) {
  Journal::Opened opened = open();
  const auto live = [] { return JournalBatch{{task(1)}, {}, {}, {}}; };
  for (int round = 0; round < 5'000; ++round) {
    ASSERT_TRUE(opened.journal.append({{task(1, round % 20)}, {}, {}, {}}, live));
  }
  EXPECT_LT(std::filesystem::file_size(path_), 300'000U);
  EXPECT_EQ(open().content.tasks.at({1, 7}).carrier.applied.nice, 4'999 % 20);
}

TEST_F(OnDisk, clearing_leaves_nothing_to_recover) {
  Journal::Opened opened = open();
  ASSERT_TRUE(opened.journal.append({{task(1)}, {group("/x")}, {}, {}}, nothing));
  ASSERT_TRUE(opened.journal.clear());
  const Journal::Opened next = open();
  EXPECT_TRUE(next.content.tasks.empty());
  EXPECT_TRUE(next.content.groups.empty());
}

}  // namespace
}  // namespace gthulhu
