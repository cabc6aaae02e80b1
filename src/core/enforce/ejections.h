// SPDX-License-Identifier: Apache-2.0
//
// When a scheduler that the kernel has thrown out may come back (design D12).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.h"

namespace gthulhu {

enum class ExitCause : std::uint8_t {
  failed,    // an error of the scheduler, or one of loading it
  asked,     // somebody wants it to be gone: SysRq-S, or its link was taken away
  outdated,  // the machine has changed, such as a CPU that came: a new one is wanted
};

// Of an exit's kind and code (enum scx_exit_kind and scx_exit_code, kernel/sched/ext_internal.h):
// errors are 1024 and above; what somebody wanted is 64 to 67, with the bit of
// SCX_ECODE_ACT_RESTART in the code when it wants a new start.
ExitCause exit_cause(int kind, std::int64_t code);

// After a first failure it may come back a second later, after those that follow 10 and 60 s later;
// ten minutes without one, and they are forgotten. The third within ten minutes puts it into
// quarantine: one more trial half an hour later, and off for good should that fail, whenever it
// does. Where somebody wanted it to be gone, it stays off. Off for good is until reset().
//
// Threads: as a value.
class Ejections {
 public:
  enum class State : std::uint8_t { welcome, delayed, quarantined, off_by_request, off_for_good };

  void ended(ExitCause cause, MonotonicTime now);
  void reset() { *this = Ejections(); }

  [[nodiscard]] State state() const { return state_; }
  // When the next trial may be, at any time where it is welcome; nothing: never.
  [[nodiscard]] std::optional<MonotonicTime> next_trial() const;
  // How long after the last end that is.
  [[nodiscard]] std::chrono::seconds delay() const { return delay_; }
  [[nodiscard]] bool may_try(MonotonicTime now) const;
  // A trial begins; may_try() must be true.
  void trying();

 private:
  void failed(MonotonicTime now);
  void put_off(State state, std::chrono::seconds delay, MonotonicTime now);

  State state_ = State::welcome;
  MonotonicTime next_{};
  std::chrono::seconds delay_{0};
  std::deque<MonotonicTime> failures_;  // of the last ten minutes
  std::size_t in_a_row_ = 0;
  MonotonicTime last_failure_{};
  bool is_last_trial_ = false;
};

}  // namespace gthulhu
