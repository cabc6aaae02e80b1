// SPDX-License-Identifier: Apache-2.0
#include "net/answers_under_way.h"

namespace gthulhu::net {

AnswersUnderWay::Entry::Entry(AnswersUnderWay& all, std::size_t bytes, Reader& reader)
    : all_(all.is_small(bytes) ? nullptr : &all), bytes_(bytes), reader_(reader) {
  if (all_ == nullptr) return;
  since_ = std::chrono::steady_clock::now();
  place_ = all_->entries_.insert(all_->entries_.end(), this);
  all_->bytes_ += bytes_;
}

AnswersUnderWay::Entry::~Entry() {
  if (all_ == nullptr) return;
  all_->bytes_ -= bytes_;
  all_->entries_.erase(place_);
}

bool AnswersUnderWay::make_room(std::size_t bytes) {
  if (is_small(bytes) || has_room(bytes)) return true;
  const MonotonicTime now = std::chrono::steady_clock::now();
  while (!has_room(bytes)) {
    Entry& oldest = *entries_.front();
    if (now - oldest.since_ < limits_.slow_reader) return false;
    bytes_ -= oldest.bytes_;
    entries_.pop_front();
    oldest.all_ = nullptr;
    oldest.reader_.cut_off();
  }
  return true;
}

}  // namespace gthulhu::net
