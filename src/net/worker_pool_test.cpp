// SPDX-License-Identifier: Apache-2.0
#include "net/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace gthulhu::net {
namespace {

TEST(WorkerPool, runs_as_many_jobs_at_once_as_it_has_threads) {
  std::latch all_run(3);
  WorkerPool pool({.threads = 3, .queue = 0});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pool.submit([&all_run] { all_run.arrive_and_wait(); }));
  }
  all_run.wait();  // hangs if one of them waited for another
}

TEST(WorkerPool, refuses_jobs_when_threads_and_queue_are_taken) {
  std::latch begun(2);
  std::latch release(1);
  std::atomic<int> ended{0};
  {
    WorkerPool pool({.threads = 2, .queue = 3});
    const auto job = [&] {
      if (!begun.try_wait()) begun.count_down();
      release.wait();
      ++ended;
    };
    ASSERT_TRUE(pool.submit(job));
    ASSERT_TRUE(pool.submit(job));
    begun.wait();
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.submit([&ended] { ++ended; }));
    EXPECT_FALSE(pool.submit([&ended] { ended += 100; }));
    release.count_down();
  }
  EXPECT_EQ(ended, 5);  // what was accepted is done before the pool is gone
}

TEST(WorkerPool, takes_new_jobs_after_being_full) {
  WorkerPool pool({.threads = 1, .queue = 0});
  for (int round = 0; round < 100; ++round) {
    std::latch done(1);
    // The thread may not be back from its last job yet.
    while (!pool.submit([&done] { done.count_down(); })) {
    }
    done.wait();
  }
}

}  // namespace
}  // namespace gthulhu::net
