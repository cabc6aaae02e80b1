// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <list>
#include <utility>

#include "net/wakeup.h"

namespace gthulhu {

// How many bytes of messages may be on their way at once: a thousand nodes that need their whole
// sets anew would otherwise have all of them in memory.
//
// Threads: its loop's only.
class ByteBudget {
 public:
  ByteBudget(const net::Executor& executor, std::size_t bytes)
      : executor_(executor), free_(bytes), whole_(bytes) {}

  class Share {
   public:
    Share(ByteBudget& budget, std::size_t bytes) : budget_(&budget), bytes_(bytes) {}
    ~Share() {
      if (budget_ != nullptr) budget_->give_back(bytes_);
    }
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&&) = delete;

    // The rest is free again; no more than it has already.
    void shrink_to(std::size_t bytes) {
      if (bytes >= bytes_) return;
      const std::size_t before = std::exchange(bytes_, bytes);
      budget_->give_back(before - bytes);
    }

   private:
    ByteBudget* budget_;
    std::size_t bytes_;
  };

  // Waits, in the order in which they come, until there is room. What is larger than the whole gets
  // the whole.
  net::Awaitable<Share> take(std::size_t bytes);

 private:
  void give_back(std::size_t bytes);

  net::Executor executor_;
  std::size_t free_;
  std::size_t whole_;
  std::list<net::Wakeup*> waiting_;
};

}  // namespace gthulhu
