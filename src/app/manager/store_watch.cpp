// SPDX-License-Identifier: Apache-2.0
#include "app/manager/store_watch.h"

#include "base/log.h"

namespace gthulhu {

StoreWatch::StoreWatch(StoreHealth& store, Pace pace) : store_(store), pace_(pace) {
  thread_ = std::thread([this] { run(); });
}

StoreWatch::~StoreWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::vector<std::string> StoreWatch::troubles() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  if (!trouble_.empty()) found.push_back(trouble_);
  const auto now = std::chrono::steady_clock::now();
  if (check_began_ < now && now - check_began_ > pace_.late) {
    found.emplace_back("the store does not answer");
  }
  return found;
}

void StoreWatch::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    check_began_ = std::chrono::steady_clock::now();
    lock.unlock();
    const Result<> checked = store_.check();
    lock.lock();
    check_began_ = MonotonicTime::max();
    const bool was_well = trouble_.empty();
    trouble_ = checked ? "" : checked.error().message;
    if (!checked && was_well)
      log_error("the store is in trouble", {{"error", checked.error().text()}});
    if (checked && !was_well) log_info("the store is well again");
    changed_.wait_for(lock, pace_.check, [this] { return stopping_; });
  }
}

}  // namespace gthulhu
