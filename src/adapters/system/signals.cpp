// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/signals.h"

#include <signal.h>
#include <time.h>

#include <cstring>

#include "base/check.h"

namespace gthulhu {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

Result<> change_mask(int how) {
  const sigset_t signals = stop_signals();
  if (const int failed = pthread_sigmask(how, &signals, nullptr); failed != 0) {
    return Error{Errc::internal, "the signal mask cannot be changed", std::strerror(failed)};
  }
  return {};
}

}  // namespace

Result<> block_stop_signals() {
  return change_mask(SIG_BLOCK);
}

Result<> unblock_stop_signals() {
  return change_mask(SIG_UNBLOCK);
}

int wait_for_stop_signal() {
  const sigset_t signals = stop_signals();
  int received = 0;
  CHECK(sigwait(&signals, &received) == 0);  // fails only for a set that is none
  return received;
}

std::optional<int> wait_for_stop_signal(std::chrono::nanoseconds most) {
  const sigset_t signals = stop_signals();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(most);
  const timespec time{seconds.count(), (most - seconds).count()};
  const int received = ::sigtimedwait(&signals, nullptr, &time);
  return received > 0 ? std::optional(received) : std::nullopt;
}

}  // namespace gthulhu
