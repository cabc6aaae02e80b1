// SPDX-License-Identifier: Apache-2.0
//
// A bounded number of threads with a bounded queue, for work that blocks (disk, hashing).
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "net/limits.h"

namespace gthulhu::net {

// Threads start when there is work for them, so an idle pool costs nothing. Its threads take no
// signals. The destructor ends what was accepted, then joins.
//
// Threads: all functions from anywhere.
class WorkerPool {
 public:
  using Job = std::function<void()>;  // must not throw

  explicit WorkerPool(WorkerLimits limits = {}) : limits_(limits) {}
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False when the queue is full or no thread could be started: the job was not taken.
  [[nodiscard]] bool submit(Job job);

  // Jobs that wait for a thread.
  [[nodiscard]] std::size_t waiting() const;

 private:
  void work();
  bool start_thread();

  const WorkerLimits limits_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<Job> queue_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

// Where a server's handlers run that may not run on the network thread (RunsOn). The pools outlive
// the server.
struct WorkerPools {
  WorkerPool& workers;
  WorkerPool& password_workers;
  WorkerPool& waiting_workers;
};

}  // namespace gthulhu::net
