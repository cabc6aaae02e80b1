// SPDX-License-Identifier: Apache-2.0
//
// What a store has acknowledged survives kill -9 at any moment.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include "adapters/store_sqlite/sqlite_store.h"
#include "base/owned.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/temp_directory.h"

namespace gthulhu {
namespace {

constexpr TimePoint now{std::chrono::seconds{1'764'000'000}};
constexpr int strategies_per_round = 50;

// In the child: stores strategies, and writes a byte with the number of each that was acknowledged.
[[noreturn]] void store_until_killed(const std::string& directory, int round, int pipe) {
  auto store = SqliteStore::open(directory, now);
  if (!store) _exit(1);
  for (int i = 0; i < strategies_per_round; ++i) {
    Strategy strategy;
    strategy.id = StrategyId(std::to_string(round) + "-" + std::to_string(i));
    strategy.created = strategy.updated = now;
    if (!(*store)->strategies().put(strategy, {})) _exit(1);
    const auto number = static_cast<char>(i);
    if (::write(pipe, &number, 1) != 1) _exit(1);
  }
  ::pause();  // until it is killed, so that it never ends in order
  _exit(0);
}

// Kills the child once it has acknowledged `enough`, and gives back all that it acknowledged.
std::vector<int> acknowledged_before_kill(pid_t child, int pipe, int enough) {
  std::vector<int> numbers;
  char number = 0;
  bool killed = false;
  while (::read(pipe, &number, 1) == 1) {
    numbers.push_back(number);
    if (killed || static_cast<int>(numbers.size()) < enough) continue;
    ::kill(child, SIGKILL);
    killed = true;
  }
  return numbers;
}

TEST(StoreCrash, every_acknowledged_strategy_is_there_once_after_kill_9) {
  const TempDirectory directory;
  FakeRandom random(20'261'125);
  std::set<std::string> acknowledged;
  constexpr int rounds = 20;
  for (int round = 0; round < rounds; ++round) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const Fd reading(ends[0]);
    Fd writing(ends[1]);
    const int enough = 1 + static_cast<int>(random.draw() * strategies_per_round);

    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) store_until_killed(directory.path(), round, writing.get());
    writing = Fd();
    for (const int i : acknowledged_before_kill(child, reading.get(), enough)) {
      acknowledged.insert(std::to_string(round) + "-" + std::to_string(i));
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "round " << round;

    const auto store = SqliteStore::open(directory.path(), now).value();
    const StoredStrategies stored = store->strategies().strategies().value();
    EXPECT_TRUE(stored.unreadable.empty());
    std::set<std::string> present;
    for (const Strategy& strategy : stored.strategies) {
      EXPECT_TRUE(present.insert(strategy.id.str()).second)
          << strategy.id.str() << " is there twice";
    }
    EXPECT_TRUE(std::ranges::includes(present, acknowledged)) << "lost in round " << round;
    EXPECT_EQ(store->audit().entries({}).value().total, present.size()) << "in round " << round;
    // At most one write of each round was cut off after it was on disk and before it was
    // acknowledged.
    EXPECT_LE(present.size(), acknowledged.size() + static_cast<std::size_t>(round) + 1);
  }
  EXPECT_GT(acknowledged.size(), static_cast<std::size_t>(rounds));
}

}  // namespace
}  // namespace gthulhu
