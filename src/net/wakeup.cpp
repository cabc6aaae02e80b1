// SPDX-License-Identifier: Apache-2.0
#include "net/wakeup.h"

#include <utility>

namespace gthulhu::net {

void Wakeup::wake() {
  is_due_ = true;
  timer_.cancel();
}

Awaitable<> Wakeup::wait_until(Time when) {
  if (!is_due_) {
    timer_.expires_at(when);
    (void)co_await timer_.async_wait(as_tuple);
  }
  is_due_ = false;
}

}  // namespace gthulhu::net
