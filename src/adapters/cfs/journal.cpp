// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/journal.h"

#include <algorithm>
#include <utility>

namespace gthulhu {

Result<Journal::Opened> Journal::open(JournalStorage& storage, std::string boot_id) {
  JournalContent content = decode_journal(TRY(storage.read()));
  std::string trouble;
  if (content.damaged_lines != 0) {
    const std::string kept = TRY(storage.move_aside());
    trouble = std::to_string(content.damaged_lines) +
              " lines of the journal of originals are damaged; it is kept as " + kept;
  }
  const bool is_this_boot = content.boot_id == boot_id;
  // Without its first line nobody knows which boot it is of. Start times are checked anyway.
  const bool is_usable = is_this_boot || (content.boot_id.empty() && content.damaged_lines != 0);
  // Appending behind a torn tail would make it damage in the middle.
  const bool rewrite = content.torn_tail || content.damaged_lines != 0 || !is_this_boot;
  if (!is_usable) content = JournalContent{};
  return Opened{Journal(storage, std::move(boot_id), content.lines, rewrite), std::move(content),
                std::move(trouble)};
}

Result<> Journal::append(const JournalBatch& batch, const Live& live) {
  if (rewrite_ || lines_ + batch.size() > rewrite_at_) return rewrite(batch, live);
  if (batch.empty()) return {};
  Result<> written = storage_->append(encode(batch));
  // Part of it may be in the file.
  if (!written) rewrite_ = true;
  lines_ += batch.size();
  return written;
}

Result<> Journal::rewrite(const JournalBatch& batch, const Live& live) {
  JournalBatch all = live();
  const std::size_t kept = all.size();
  std::string text = encode_boot(boot_id_) + encode(all) + encode(batch);
  if (Result<> replaced = storage_->replace(text); !replaced) {
    rewrite_ = true;
    return replaced;
  }
  rewrite_ = false;
  lines_ = 1 + kept + batch.size();
  // Grows with what is in force, so that rewriting costs a constant per record.
  rewrite_at_ = 1'000 + 2 * lines_;
  return {};
}

Result<> Journal::clear() {
  return rewrite(JournalBatch{}, [] { return JournalBatch{}; });
}

}  // namespace gthulhu
