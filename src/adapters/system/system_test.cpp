// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <set>
#include <thread>

#include "adapters/system/signals.h"
#include "adapters/system/system_clock.h"
#include "adapters/system/system_random.h"

namespace gthulhu {
namespace {

TEST(SystemClock, tells_the_time_of_the_machine) {
  const SystemClock clock;
  const TimePoint before =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const TimePoint now = clock.now();
  const TimePoint after =
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());

  EXPECT_LE(before, now);
  EXPECT_LE(now, after);
  EXPECT_LE(clock.monotonic(), clock.monotonic());
}

TEST(SystemClock, counts_what_the_thread_uses_of_a_cpu_and_not_what_it_sleeps) {
  const SystemClock clock;
  const auto begin = clock.thread_cpu();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto slept = clock.thread_cpu();
  EXPECT_LT(slept - begin, std::chrono::milliseconds(25));
  while (clock.thread_cpu() - slept < std::chrono::milliseconds(2)) {
  }
}

TEST(SystemRandom, fills_all_bytes_and_never_the_same_way) {
  SystemRandom random;
  std::set<std::array<std::byte, 16>> seen;
  for (int i = 0; i < 100; ++i) {
    std::array<std::byte, 16> bytes{};
    random.fill(bytes);
    seen.insert(bytes);
  }
  EXPECT_EQ(seen.size(), 100u);

  std::vector<std::byte> many(100'000);
  random.fill(many);
  EXPECT_NE(std::vector(many.end() - 32, many.end()), std::vector<std::byte>(32));
  random.fill({});
}

TEST(Signals, a_stop_signal_is_kept_until_somebody_waits_for_it) {
  ASSERT_TRUE(block_stop_signals().has_value());
  for (const int signal : {SIGTERM, SIGINT}) {
    ASSERT_EQ(::kill(::getpid(), signal), 0);
    EXPECT_EQ(wait_for_stop_signal(), signal);
  }
}

TEST(Signals, threads_inherit_the_block_and_main_gets_the_signal) {
  ASSERT_TRUE(block_stop_signals().has_value());
  std::jthread sender([] { ::kill(::getpid(), SIGTERM); });
  EXPECT_EQ(wait_for_stop_signal(), SIGTERM);
}

TEST(Signals, after_unblocking_nothing_is_blocked) {
  ASSERT_TRUE(block_stop_signals().has_value());
  ASSERT_TRUE(unblock_stop_signals().has_value());

  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  EXPECT_EQ(sigismember(&blocked, SIGTERM), 0);
  EXPECT_EQ(sigismember(&blocked, SIGINT), 0);
}

}  // namespace
}  // namespace gthulhu
