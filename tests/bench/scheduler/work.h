// SPDX-License-Identifier: Apache-2.0
//
// What the processes of the pods do, and what they tell of it through shared memory.
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <new>

#include "tests/bench/scheduler/figures.h"

namespace gthulhu::bench {

// Memory that forked processes share with this one; all zero at first. Given back by nobody: a run
// has few of them.
template <class T>
T& shared() {
  void* const memory =
      ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  return *new (memory) T{};
}

// Counts of one process: a cache line of their own, so that counting costs the others nothing.
struct alignas(64) Tally {
  std::atomic<std::uint64_t> done;
  std::atomic<std::uint64_t> all;

  void add(std::uint64_t count = 1) { done.fetch_add(count, std::memory_order_relaxed); }
};

// Rounds of the loop that all work is made of.
struct Rounds {
  std::uint64_t count = 0;
};

void burn(Rounds rounds);

// How many rounds take a millisecond: the most of several trials, for nothing makes the loop
// faster than it is.
Rounds rounds_of_a_millisecond();

// What a hog does at once, and counts as one.
constexpr Rounds hog_step{1'000};

// Burns for ever.
void be_hog(Tally& steps);

struct Period {
  std::chrono::nanoseconds length{5'000'000};
  Rounds work;
  int threads = 2;
};

// Each thread works once a period, for ever. `done` counts periods whose work was ready before the
// next one began, `all` every period that is over. Those that passed while an earlier one was late
// are left out and count as missed.
void be_periodic(const Period& period, Tally& periods);

// Bytes that two processes pass to and fro over pipes. Made before both are forked.
class Pipes {
 public:
  Pipes();
  // For ever; `bytes` counts those that came. One of the two begins.
  void pass(bool begins, Tally& bytes) const;

 private:
  int there_[2];
  int back_[2];
};

void sleep_for(std::chrono::nanoseconds duration);

}  // namespace gthulhu::bench
