// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "adapters/cfs/journal_records.h"
#include "adapters/cfs/journal_storage.h"
#include "base/result.h"

namespace gthulhu {

// The originals of everything that the cfs enforcer changed, so that they can be restored after a
// crash. A record is in the file before its kernel write. It need not have reached the disk: the
// values of tasks and cgroups end with the machine's boot, and a journal of another boot is void.
//
// Threads: one at a time. The storage outlives this.
class Journal {
 public:
  struct Opened;
  // Everything that is in force, for compaction.
  using Live = std::function<JournalBatch()>;

  // Reads what an earlier run left. Damage in the middle (not a torn tail) is set aside under
  // another name and reported in `trouble`; what is still readable is used.
  static Result<Opened> open(JournalStorage& storage, std::string boot_id);

  // On failure nothing of the batch counts, and the next append writes the journal anew. `live`
  // names what is in force without `batch`.
  Result<> append(const JournalBatch& batch, const Live& live);

  // Nothing is in force any more.
  Result<> clear();

 private:
  Journal(JournalStorage& storage, std::string boot_id, std::size_t lines, bool rewrite)
      : storage_(&storage), boot_id_(std::move(boot_id)), lines_(lines), rewrite_(rewrite) {}

  Result<> rewrite(const JournalBatch& batch, const Live& live);

  JournalStorage* storage_;
  std::string boot_id_;
  std::size_t lines_;  // in the file
  std::size_t rewrite_at_ = 1'000;
  bool rewrite_;  // the end of the file cannot be relied on
};

struct Journal::Opened {
  Journal journal;
  JournalContent content;  // of this boot; else empty
  std::string trouble;     // empty when all was well
};

}  // namespace gthulhu
