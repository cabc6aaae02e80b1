// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/ports/store_health.h"

namespace gthulhu {

// Looks at the store again and again, so that who asks how it is never waits for it.
//
// Threads: troubles() from anywhere.
class StoreWatch {
 public:
  struct Pace {
    std::chrono::milliseconds check{5'000};  // from the end of one to the start of the next
    std::chrono::milliseconds late{10'000};  // a check that takes longer is a trouble by itself
  };

  // Starts a thread, which checks at once. `store` outlives this.
  explicit StoreWatch(StoreHealth& store) : StoreWatch(store, Pace()) {}
  StoreWatch(StoreHealth& store, Pace pace);
  // Waits for a check that runs.
  ~StoreWatch();
  StoreWatch(const StoreWatch&) = delete;
  StoreWatch& operator=(const StoreWatch&) = delete;

  // What the last check found, a sentence each; none when the store is well or was not looked at
  // yet.
  [[nodiscard]] std::vector<std::string> troubles() const;

 private:
  using MonotonicTime = std::chrono::steady_clock::time_point;

  void run();

  StoreHealth& store_;
  const Pace pace_;
  mutable std::mutex mutex_;  // guards all below but thread_
  std::condition_variable changed_;
  bool stopping_ = false;
  std::string trouble_;
  MonotonicTime check_began_ = MonotonicTime::max();  // max: none runs
  std::thread thread_;
};

}  // namespace gthulhu
