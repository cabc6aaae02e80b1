// SPDX-License-Identifier: Apache-2.0
#include "core/enforce/ejections.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace gthulhu {

namespace {

using namespace std::chrono_literals;

constexpr int least_error = 1024;                        // SCX_EXIT_ERROR
constexpr std::int64_t restart = std::int64_t{1} << 48;  // SCX_ECODE_ACT_RESTART

constexpr std::array<std::chrono::seconds, 3> delays{1s, 10s, 60s};
constexpr auto remembered = 10min;
constexpr std::size_t failures_most = 3;  // while they are remembered
constexpr auto quarantine = 30min;

}  // namespace

ExitCause exit_cause(int kind, std::int64_t code) {
  if (kind >= least_error) return ExitCause::failed;
  return (code & restart) != 0 ? ExitCause::outdated : ExitCause::asked;
}

void Ejections::ended(ExitCause cause, MonotonicTime now) {
  switch (cause) {
    case ExitCause::failed: failed(now); return;
    case ExitCause::asked:
      state_ = State::off_by_request;
      delay_ = 0s;
      return;
    case ExitCause::outdated: put_off(State::welcome, 0s, now); return;
  }
  std::abort();
}

void Ejections::failed(MonotonicTime now) {
  if (is_last_trial_) {
    state_ = State::off_for_good;
    delay_ = 0s;
    return;
  }
  if (in_a_row_ > 0 && now - last_failure_ >= remembered) in_a_row_ = 0;
  last_failure_ = now;
  ++in_a_row_;
  failures_.push_back(now);
  while (now - failures_.front() >= remembered) failures_.pop_front();
  if (failures_.size() >= failures_most) {
    put_off(State::quarantined, quarantine, now);
  } else {
    put_off(State::delayed, delays.at(std::min(in_a_row_, delays.size()) - 1), now);
  }
}

void Ejections::put_off(State state, std::chrono::seconds delay, MonotonicTime now) {
  state_ = state;
  delay_ = delay;
  next_ = now + delay;
}

std::optional<MonotonicTime> Ejections::next_trial() const {
  switch (state_) {
    case State::welcome:
    case State::delayed:
    case State::quarantined: return next_;
    case State::off_by_request:
    case State::off_for_good: return std::nullopt;
  }
  std::abort();
}

bool Ejections::may_try(MonotonicTime now) const {
  const auto next = next_trial();
  return next && now >= *next;
}

void Ejections::trying() {
  if (state_ == State::quarantined) is_last_trial_ = true;
  state_ = State::welcome;
}

}  // namespace gthulhu
