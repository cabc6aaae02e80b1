// SPDX-License-Identifier: Apache-2.0
#include "core/sync/report_log.h"

#include <set>
#include <utility>

namespace gthulhu {

void ReportLog::add(const NodeReport& report) {
  NodeReport rest = report;
  rest.intents.clear();
  const std::uint64_t next = sequence_ + 1;
  bool is_new = rest != last_;
  last_ = std::move(rest);

  std::set<IntentId> present;
  for (const IntentReport& intent : report.intents) {
    present.insert(intent.intent);
    const auto [known, inserted] = intents_.try_emplace(intent.intent, Known{intent, next});
    if (!inserted && known->second.report == intent) continue;
    known->second = {intent, next};
    is_new = true;
  }
  std::erase_if(intents_, [&](const auto& entry) {
    if (present.contains(entry.first)) return false;
    gone_.push_back({next, entry.first});
    is_new = true;
    return true;
  });
  if (!is_new) return;
  sequence_ = next;
  while (gone_.size() > gone_max_) {
    floor_ = gone_.front().sequence;
    gone_.pop_front();
  }
}

ReportLog::Changes ReportLog::since(std::optional<std::uint64_t> after) const {
  Changes changes{.sequence = sequence_, .report = last_};
  changes.whole = !after || *after < floor_ || *after > sequence_;
  for (const auto& [id, known] : intents_) {
    if (changes.whole || known.changed > *after) changes.report.intents.push_back(known.report);
  }
  if (changes.whole) return changes;
  for (const Gone& gone : gone_) {
    // One that came back is among the intents.
    if (gone.sequence > *after && !intents_.contains(gone.intent)) {
      changes.gone.push_back(gone.intent);
    }
  }
  return changes;
}

}  // namespace gthulhu
