// SPDX-License-Identifier: Apache-2.0
#include "app/manager/store_watch.h"

#include <gmock/gmock.h>

#include <future>

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class StoreInTrouble : public StoreHealth {
 public:
  Result<> check() override {
    std::unique_lock lock(mutex);
    ++checks;
    changed.notify_all();
    changed.wait(lock, [this] { return !hangs; });
    if (trouble.empty()) return {};
    return Error{Errc::unavailable, trouble, "detail"};
  }
  void set(std::string what, bool hanging = false) {
    const std::lock_guard lock(mutex);
    trouble = std::move(what);
    hangs = hanging;
    changed.notify_all();
  }
  // Until a check that began after this call has ended.
  bool wait_for_checks() {
    std::unique_lock lock(mutex);
    const int enough = checks + 2;
    return changed.wait_for(lock, 10s, [&] { return checks >= enough; });
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::string trouble;
  bool hangs = false;
  int checks = 0;
};

TEST(StoreWatch, knows_what_the_last_check_found) {
  StoreInTrouble store;
  const StoreWatch watch(store, {.check = 1ms, .late = 10s});
  ASSERT_TRUE(store.wait_for_checks());
  EXPECT_THAT(watch.troubles(), IsEmpty());
  store.set("the disk is full");
  ASSERT_TRUE(store.wait_for_checks());
  EXPECT_THAT(watch.troubles(), ElementsAre("the disk is full"));
  store.set("");
  ASSERT_TRUE(store.wait_for_checks());
  EXPECT_THAT(watch.troubles(), IsEmpty());
}

TEST(StoreWatch, takes_a_check_that_hangs_for_a_trouble) {
  StoreInTrouble store;
  store.set("", true);
  {
    const StoreWatch watch(store, {.check = 1ms, .late = 20ms});
    while (watch.troubles().empty()) std::this_thread::yield();
    EXPECT_THAT(watch.troubles(), ElementsAre("the store does not answer"));
    store.set("");
  }
}

}  // namespace
}  // namespace gthulhu
