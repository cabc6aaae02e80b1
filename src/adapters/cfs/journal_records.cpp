// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/journal_records.h"

#include <array>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/text.h"

namespace gthulhu {

namespace {

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
    table[byte] = crc;
  }
  return table;
}

std::uint32_t crc32(std::string_view text) {
  static constexpr std::array<std::uint32_t, 256> table = make_crc_table();
  std::uint32_t crc = ~0U;
  for (const char character : text) {
    crc = table[(crc ^ static_cast<unsigned char>(character)) & 0xFFU] ^ (crc >> 8);
  }
  return ~crc;
}

std::string checksum(std::string_view payload) {
  std::array<char, 9> hex{};
  std::snprintf(hex.data(), hex.size(), "%08x", static_cast<unsigned>(crc32(payload)));
  return hex.data();
}

// One line under construction.
class Line {
 public:
  explicit Line(std::string_view kind) : payload_(kind) {}

  template <std::integral Number>
  Line& add(Number number) {
    return add(std::to_string(number));
  }
  Line& add(std::string_view text) {
    payload_ += ' ';
    payload_ += text;
    return *this;
  }
  Line& add(const char* text) { return add(std::string_view(text)); }
  Line& add(const std::string& text) { return add(std::string_view(text)); }
  Line& add(const SchedValues& values) {
    return add(values.policy).add(values.nice).add(values.slice_ns);
  }
  Line& add(const GroupValues& values) { return add(values.weight).add(values.idle ? 1 : 0); }

  [[nodiscard]] std::string text() const { return checksum(payload_) + ' ' + payload_ + '\n'; }

 private:
  std::string payload_;
};

// Takes fields from the front of a line; ok() is false after one that was missing or no number.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}

  std::string_view word() {
    const std::size_t blank = rest_.find(' ');
    const std::string_view result = rest_.substr(0, blank);
    rest_.remove_prefix(blank == std::string_view::npos ? rest_.size() : blank + 1);
    ok_ = ok_ && !result.empty();
    return result;
  }
  template <std::integral Number>
  void take(Number& number) {
    const std::optional<Number> parsed = parse_number<Number>(word());
    ok_ = ok_ && parsed.has_value();
    number = parsed.value_or(Number{});
  }
  void take(bool& flag) {
    int number = 0;
    take(number);
    flag = number != 0;
  }
  void take(TaskId& id) {
    take(id.tid);
    take(id.start_ticks);
  }
  void take(SchedValues& values) {
    take(values.policy);
    take(values.nice);
    take(values.slice_ns);
  }
  void take(GroupValues& values) {
    take(values.weight);
    take(values.idle);
  }
  [[nodiscard]] std::string rest() const { return std::string(rest_); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

bool apply_task(Fields& fields, JournalContent& content) {
  TaskRecord record;
  Carrier& carrier = record.carrier;
  fields.take(record.id);
  fields.take(carrier.process);
  fields.take(carrier.since_ticks);
  fields.take(carrier.reset_on_fork);
  fields.take(carrier.base);
  fields.take(carrier.previous);
  fields.take(carrier.applied);
  carrier.cgroup = fields.rest();
  if (!fields.ok()) return false;
  content.tasks.insert_or_assign(record.id, std::move(record));
  return true;
}

bool apply_group(Fields& fields, JournalContent& content) {
  GroupRecord record;
  fields.take(record.inode);
  fields.take(record.base);
  fields.take(record.previous);
  fields.take(record.applied);
  record.property = fields.word();
  record.path = fields.rest();
  if (!fields.ok() || record.path.empty()) return false;
  std::string path = record.path;
  content.groups.insert_or_assign(std::move(path), std::move(record));
  return true;
}

bool apply_line(std::string_view line, JournalContent& content) {
  constexpr std::size_t checksum_size = 8;
  if (line.size() <= checksum_size + 1 || line[checksum_size] != ' ') return false;
  const std::string_view payload = line.substr(checksum_size + 1);
  if (checksum(payload) != line.substr(0, checksum_size)) return false;

  Fields fields(payload);
  const std::string_view kind = fields.word();
  if (kind == "task") return apply_task(fields, content);
  if (kind == "group") return apply_group(fields, content);
  if (kind == "boot") {
    content.boot_id = fields.rest();
    return !content.boot_id.empty();
  }
  if (kind == "task-gone") {
    TaskId id;
    fields.take(id);
    if (fields.ok()) content.tasks.erase(id);
    return fields.ok();
  }
  if (kind == "group-gone") {
    content.groups.erase(fields.rest());
    return true;
  }
  return false;
}

}  // namespace

bool JournalBatch::empty() const {
  return size() == 0;
}

std::size_t JournalBatch::size() const {
  return tasks.size() + groups.size() + gone_tasks.size() + gone_groups.size();
}

std::string encode_boot(std::string_view boot_id) {
  return Line("boot").add(boot_id).text();
}

std::string encode(const JournalBatch& batch) {
  std::string text;
  for (const TaskRecord& record : batch.tasks) {
    const Carrier& carrier = record.carrier;
    text += Line("task")
                .add(record.id.tid)
                .add(record.id.start_ticks)
                .add(carrier.process.tid)
                .add(carrier.process.start_ticks)
                .add(carrier.since_ticks)
                .add(carrier.reset_on_fork ? 1 : 0)
                .add(carrier.base)
                .add(carrier.previous)
                .add(carrier.applied)
                .add(carrier.cgroup)
                .text();
  }
  for (const GroupRecord& record : batch.groups) {
    text += Line("group")
                .add(record.inode)
                .add(record.base)
                .add(record.previous)
                .add(record.applied)
                .add(record.property)
                .add(record.path)
                .text();
  }
  for (const TaskId& id : batch.gone_tasks) {
    text += Line("task-gone").add(id.tid).add(id.start_ticks).text();
  }
  for (const std::string& path : batch.gone_groups) text += Line("group-gone").add(path).text();
  return text;
}

JournalContent decode_journal(std::string_view text) {
  JournalContent content;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const bool is_whole = end != std::string_view::npos;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(is_whole ? end + 1 : text.size());
    ++content.lines;
    if (is_whole && apply_line(line, content)) continue;
    if (text.empty()) {
      content.torn_tail = true;
    } else {
      ++content.damaged_lines;
    }
  }
  return content;
}

}  // namespace gthulhu
