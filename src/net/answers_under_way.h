// SPDX-License-Identifier: Apache-2.0
//
// What the answers of one server that are being read hold in memory, and who makes room when that
// is too much. For sources of net only.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>

#include "net/limits.h"

namespace gthulhu::net {

// Who reads slowly has his answer held here until the deadline for writing it. All such answers
// together have a budget; the next one that does not fit into it takes the place of those that have
// been under way for long, the longest first, and is refused only where there are none. Refusing
// alone would let a few who never read keep everybody else from large answers for as long as they
// like; cutting off whoever came first would hit those who read as fast as a distant line allows
// while many others do the same.
//
// Small answers are neither counted nor refused: health and errors go out whatever happens.
//
// Threads: the network thread.
class AnswersUnderWay {
 public:
  using MonotonicTime = std::chrono::steady_clock::time_point;

  // To whom an answer is under way.
  class Reader {
   public:
    virtual ~Reader() = default;
    // Ends the answer soon, but not before this returns.
    virtual void cut_off() = 0;
  };

  // One answer, for as long as this lives.
  class Entry {
   public:
    // `all` and `reader` outlive it.
    Entry(AnswersUnderWay& all, std::size_t bytes, Reader& reader);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    friend class AnswersUnderWay;
    AnswersUnderWay* all_;  // null: it is not counted, or no more
    std::size_t bytes_;
    Reader& reader_;
    MonotonicTime since_;
    std::list<Entry*>::iterator place_;
  };

  explicit AnswersUnderWay(const ServerLimits& limits) : limits_(limits) {}

  // Whether an answer of so many bytes may go out, after cutting off who must make room for it.
  // One alone may be larger than the budget.
  [[nodiscard]] bool make_room(std::size_t bytes);

  // More than the budget is under way: small answers may do that, several for one reader.
  [[nodiscard]] bool is_full() const { return bytes_ > limits_.answer_bytes; }

 private:
  [[nodiscard]] bool is_small(std::size_t bytes) const {
    return bytes <= limits_.small_answer_bytes;
  }
  [[nodiscard]] bool has_room(std::size_t bytes) const {
    return bytes_ == 0 || bytes_ + bytes <= limits_.answer_bytes;
  }

  const ServerLimits& limits_;  // outlives it
  std::list<Entry*> entries_;   // the oldest first; without those that were cut off
  std::size_t bytes_ = 0;       // of all entries
};

}  // namespace gthulhu::net
