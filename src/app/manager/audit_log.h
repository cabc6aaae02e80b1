// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "app/ports/audit_store.h"
#include "base/clock.h"
#include "core/model/audit.h"

namespace gthulhu {

// Writes into the audit log what is no change of the store: logins and refusals. Nobody waits for
// it. Equal refusals within a minute are one entry, and a second one that counts the others
// (`after` is {"count":17}); what does not fit is counted too and told in one entry, so that a
// flood fills neither memory nor disk.
//
// Threads: all functions from anywhere.
class AuditLog {
 public:
  // Starts a thread. Both outlive this.
  AuditLog(const Clock& clock, AuditStore& store);
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  void record(AuditEntry entry);

  // Writes what is there and ends the thread. Called by the destructor too.
  void stop();

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  struct Repeated {
    AuditEntry first;
    std::size_t more = 0;
  };

  void run();
  // What is to be written now; `all` also what a running minute has counted.
  std::vector<AuditEntry> take(TimePoint now, bool all);
  void write(std::unique_lock<std::mutex>& lock, bool all);

  const Clock& clock_;
  AuditStore& store_;

  std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::vector<AuditEntry> waiting_;
  std::map<Key, Repeated> refusals_;
  std::size_t lost_ = 0;
  TimePoint forgotten_at_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace gthulhu
