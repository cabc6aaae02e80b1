// SPDX-License-Identifier: Apache-2.0
#include "adapters/nodes/byte_budget.h"

#include <algorithm>

namespace gthulhu {

net::Awaitable<ByteBudget::Share> ByteBudget::take(std::size_t bytes) {
  bytes = std::min(bytes, whole_);
  if (bytes > free_ || !waiting_.empty()) {
    // Leaves the queue also when the task is cancelled.
    struct Place {
      ByteBudget& budget;
      net::Wakeup wakeup;
      std::list<net::Wakeup*>::iterator at;
      explicit Place(ByteBudget& of) : budget(of), wakeup(of.executor_) {
        at = budget.waiting_.insert(budget.waiting_.end(), &wakeup);
      }
      ~Place() {
        budget.waiting_.erase(at);
        if (!budget.waiting_.empty()) budget.waiting_.front()->wake();
      }
      Place(const Place&) = delete;
      Place& operator=(const Place&) = delete;
    };
    Place place(*this);
    while (bytes > free_ || waiting_.front() != &place.wakeup) co_await place.wakeup.wait();
  }
  free_ -= bytes;
  co_return Share(*this, bytes);
}

void ByteBudget::give_back(std::size_t bytes) {
  free_ += bytes;
  if (!waiting_.empty()) waiting_.front()->wake();
}

}  // namespace gthulhu
