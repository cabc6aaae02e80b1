// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scheduler/work.h"

#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <vector>

namespace gthulhu::bench {

namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;

std::int64_t now_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * ns_per_second + now.tv_nsec;
}

void sleep_until(std::int64_t at_ns) {
  const timespec at{at_ns / ns_per_second, at_ns % ns_per_second};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) continue;
}

void work_periodically(const Period& period, Tally& periods, std::int64_t begin) {
  ::prctl(PR_SET_TIMERSLACK, 1);
  const std::int64_t length = period.length.count();
  for (;; begin += length) {
    sleep_until(begin);
    burn(period.work);
    const std::int64_t now = now_ns(CLOCK_MONOTONIC);
    if (now <= begin + length) periods.add();
    periods.all.fetch_add(1, std::memory_order_relaxed);
    for (; begin + 2 * length <= now; begin += length) {
      periods.all.fetch_add(1, std::memory_order_relaxed);
    }
  }
}

}  // namespace

void burn(Rounds rounds) {
  for (std::uint64_t i = 0; i < rounds.count; ++i) {
    asm volatile("" : : "r"(i) : "memory");
  }
}

Rounds rounds_of_a_millisecond() {
  constexpr std::uint64_t trial = 200'000;
  std::uint64_t most = 0;
  for (int i = 0; i < 40; ++i) {
    const std::int64_t begin = now_ns(CLOCK_THREAD_CPUTIME_ID);
    burn({trial});
    const std::int64_t took = std::max<std::int64_t>(now_ns(CLOCK_THREAD_CPUTIME_ID) - begin, 1);
    most = std::max(most, trial * 1'000'000 / static_cast<std::uint64_t>(took));
  }
  return {most};
}

void be_hog(Tally& steps) {
  for (;;) {
    burn(hog_step);
    steps.add();
  }
}

void be_periodic(const Period& period, Tally& periods) {
  const std::int64_t begin = now_ns(CLOCK_MONOTONIC) + period.length.count();
  std::vector<std::thread> threads;
  for (int i = 0; i < period.threads; ++i) {
    // Not all at once: each has its own part of the period.
    const std::int64_t own = begin + i * period.length.count() / period.threads;
    threads.emplace_back([&period, &periods, own] { work_periodically(period, periods, own); });
  }
  for (std::thread& thread : threads) thread.join();
}

Pipes::Pipes() {
  if (::pipe(there_) + ::pipe(back_) != 0) fail("no pipes are left");
}

void Pipes::pass(bool begins, Tally& bytes) const {
  const int from = begins ? back_[0] : there_[0];
  const int to = begins ? there_[1] : back_[1];
  char byte = 'x';
  if (begins && ::write(to, &byte, 1) != 1) return;
  while (::read(from, &byte, 1) == 1 && ::write(to, &byte, 1) == 1) bytes.add();
}

void sleep_for(std::chrono::nanoseconds duration) {
  sleep_until(now_ns(CLOCK_MONOTONIC) + duration.count());
}

}  // namespace gthulhu::bench
