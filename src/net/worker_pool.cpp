// SPDX-License-Identifier: Apache-2.0
#include "net/worker_pool.h"

#include "net/thread_start.h"

namespace gthulhu::net {

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerPool::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    const bool thread_for_it = queue_.size() < idle_ || start_thread();
    if (!thread_for_it && (threads_.empty() || queue_.size() >= limits_.queue + idle_)) {
      return false;
    }
    queue_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

std::size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

// With mutex_ held.
bool WorkerPool::start_thread() {
  if (threads_.size() >= limits_.threads) return false;
  auto thread = start_quiet_thread("worker", [this] { work(); });
  if (!thread) return false;  // the threads that run already do the work
  threads_.push_back(std::move(*thread));
  ++idle_;  // until it takes its first job
  return true;
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    --idle_;
    lock.unlock();
    job();
    job = nullptr;  // what it holds goes before the lock is taken
    lock.lock();
    ++idle_;
  }
}

}  // namespace gthulhu::net
