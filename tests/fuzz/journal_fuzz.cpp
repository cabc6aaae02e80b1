// SPDX-License-Identifier: Apache-2.0
//
// Lines of the journal of originals, against what adapters/cfs/journal_records.h promises. Of an
// input that begins with '#' each line gets the checksum that it needs to be looked at.
#include <array>
#include <cstdio>
#include <string>

#include "adapters/cfs/journal_records.h"
#include "base/check.h"
#include "base/text.h"
#include "tests/fuzz/fuzz_target.h"

namespace gthulhu::fuzz {

namespace {

// IEEE 802.3, bit by bit.
std::string checksum(std::string_view text) {
  std::uint32_t crc = ~0U;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  std::array<char, 9> hex{};
  std::snprintf(hex.data(), hex.size(), "%08x", ~crc);
  return hex.data();
}

std::string with_checksums(std::string_view lines) {
  std::string text;
  for (const std::string_view line : split(lines, '\n')) {
    if (!text.empty()) text += '\n';
    text += checksum(line) + ' ';
    text += line;
  }
  return text;
}

bool same(const TaskRecord& left, const TaskRecord& right) {
  const Carrier& one = left.carrier;
  const Carrier& two = right.carrier;
  return left.id == right.id && one.process == two.process && one.cgroup == two.cgroup &&
         one.since_ticks == two.since_ticks && one.reset_on_fork == two.reset_on_fork &&
         one.base == two.base && one.applied == two.applied && one.previous == two.previous;
}

bool same(const GroupRecord& left, const GroupRecord& right) {
  return left.path == right.path && left.inode == right.inode && left.base == right.base &&
         left.previous == right.previous && left.applied == right.applied &&
         left.property == right.property;
}

template <class Records>
bool same_records(const Records& left, const Records& right) {
  if (left.size() != right.size()) return false;
  for (auto one = left.begin(), two = right.begin(); one != left.end(); ++one, ++two) {
    if (one->first != two->first || !same(one->second, two->second)) return false;
  }
  return true;
}

std::string written(const JournalContent& content) {
  JournalBatch all;
  for (const auto& [id, record] : content.tasks) all.tasks.push_back(record);
  for (const auto& [path, record] : content.groups) all.groups.push_back(record);
  return (content.boot_id.empty() ? "" : encode_boot(content.boot_id)) + encode(all);
}

// What is still in force is written anew, without a loss.
void check_rewritten(const JournalContent& content, const std::string& text) {
  const JournalContent again = decode_journal(text);
  CHECK(again.boot_id == content.boot_id);
  CHECK(same_records(again.tasks, content.tasks));
  CHECK(same_records(again.groups, content.groups));
  CHECK(again.damaged_lines == 0);
  CHECK(!again.torn_tail);
}

// Behind whole lines the beginning of a line counts for nothing.
void check_torn(const JournalContent& content, const std::string& text) {
  const std::string last = encode({{}, {}, {{1, 1}}, {}});
  const std::size_t kept = 1 + text.size() % (last.size() - 1);
  const JournalContent torn = decode_journal(text + last.substr(0, kept));
  CHECK(torn.torn_tail);
  CHECK(torn.damaged_lines == 0);
  CHECK(same_records(torn.tasks, content.tasks));
  CHECK(same_records(torn.groups, content.groups));
}

// When all is gone, nothing is left.
void check_gone(const JournalContent& content, const std::string& text) {
  JournalBatch gone;
  for (const auto& [id, record] : content.tasks) gone.gone_tasks.push_back(id);
  for (const auto& [path, record] : content.groups) gone.gone_groups.push_back(path);
  const JournalContent after = decode_journal(text + encode(gone));
  CHECK(after.tasks.empty());
  CHECK(after.groups.empty());
  CHECK(after.damaged_lines == 0);
}

}  // namespace

void try_input(std::string_view input) {
  const std::string text =
      input.starts_with('#') ? with_checksums(input.substr(1)) : std::string(input);
  const JournalContent content = decode_journal(text);
  CHECK(content.tasks.size() + content.groups.size() + content.damaged_lines <= content.lines);
  if (text.ends_with('\n') && content.torn_tail) CHECK(content.lines > 0);
  const std::string again = written(content);
  check_rewritten(content, again);
  check_torn(content, again);
  check_gone(content, again);
}

}  // namespace gthulhu::fuzz
