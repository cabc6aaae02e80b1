// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <string_view>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"

namespace gthulhu {

// How many failures are let through, for each of many keys: `burst` at once, then one more in each
// `interval`. At most `most_keys` are remembered; the one that failed least recently is forgotten
// first.
//
// Threads: one at a time.
class FailureLimit {
 public:
  struct Rate {
    int burst;
    std::chrono::milliseconds interval;
  };

  FailureLimit(Rate rate, std::size_t most_keys) : rate_(rate), most_keys_(most_keys) {}

  // How long `key` has to wait before it may try; zero: not at all.
  [[nodiscard]] std::chrono::milliseconds wait(const Digest& key, MonotonicTime now) const;
  void charge(const Digest& key, MonotonicTime now);

 private:
  using Order = std::list<Digest>;
  struct Debt {
    MonotonicTime paid_at;  // when nothing of it will be left
    Order::iterator place;
  };

  Rate rate_;
  std::size_t most_keys_;
  std::map<Digest, Debt> debts_;
  Order order_;  // the least recent failure first
};

// Slows down whoever guesses passwords: failed logins are limited per account (10, then one per 6
// s), whether the account exists or not, and per address (60, then one per second). What succeeds
// costs nothing.
//
// Threads: one at a time.
class LoginThrottle {
 public:
  // Errc::too_many with the time to wait in it. Ask before the password is looked at and again
  // before anything is said about it: else guesses that run at the same time would all be answered.
  [[nodiscard]] Result<> check(std::string_view account,
                               std::string_view address,
                               MonotonicTime now) const;
  void failed(std::string_view account, std::string_view address, MonotonicTime now);

 private:
  static constexpr std::size_t most_keys = 50'000;  // of each kind

  FailureLimit accounts_{{10, std::chrono::seconds{6}}, most_keys};
  FailureLimit addresses_{{60, std::chrono::seconds{1}}, most_keys};
};

}  // namespace gthulhu
