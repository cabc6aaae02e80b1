// SPDX-License-Identifier: Apache-2.0
#include "app/manager/audit_log.h"

#include <iterator>
#include <utility>

#include "base/log.h"

namespace gthulhu {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t waiting_max = 4'096;
constexpr std::size_t refusals_max = 4'096;
constexpr auto write_every = 200ms;
constexpr auto count_for = 60s;
constexpr auto kept_for = std::chrono::days{400};
constexpr auto forget_every = std::chrono::days{1};

AuditEntry counted(AuditEntry entry, std::size_t count, TimePoint now) {
  entry.at = now;
  entry.after = "{\"count\":" + std::to_string(count) + "}";
  return entry;
}

}  // namespace

AuditLog::AuditLog(const Clock& clock, AuditStore& store) : clock_(clock), store_(store) {
  thread_ = std::thread([this] { run(); });
}

AuditLog::~AuditLog() {
  stop();
}

void AuditLog::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void AuditLog::record(AuditEntry entry) {
  const std::lock_guard lock(mutex_);
  if (entry.outcome == AuditOutcome::refused) {
    // Whoever is not known may ask for any path: it is not part of what makes refusals equal.
    Key key{entry.user.str(), entry.from, entry.user.empty() ? "" : entry.object, entry.reason};
    const auto known = refusals_.find(key);
    if (known != refusals_.end()) {
      ++known->second.more;
      return;
    }
    if (refusals_.size() >= refusals_max) {
      ++lost_;
      return;
    }
    refusals_.emplace(std::move(key), Repeated{entry});
  }
  if (waiting_.size() >= waiting_max) {
    ++lost_;
    return;
  }
  waiting_.push_back(std::move(entry));
  changed_.notify_all();
}

std::vector<AuditEntry> AuditLog::take(TimePoint now, bool all) {
  std::vector<AuditEntry> entries = std::exchange(waiting_, {});
  for (auto refusal = refusals_.begin(); refusal != refusals_.end();) {
    const auto& [first, more] = refusal->second;
    if (!all && now < first.at + count_for) {
      ++refusal;
      continue;
    }
    if (more > 0) entries.push_back(counted(first, more, now));
    refusal = refusals_.erase(refusal);
  }
  if (const std::size_t lost = std::exchange(lost_, 0); lost > 0) {
    AuditEntry entry;
    entry.action = "audit.lost";
    entry.object = "audit";
    entries.push_back(counted(std::move(entry), lost, now));
  }
  return entries;
}

void AuditLog::write(std::unique_lock<std::mutex>& lock, bool all) {
  std::vector<AuditEntry> entries = take(clock_.now(), all);
  if (entries.empty()) return;
  lock.unlock();
  const Result<> written = store_.append(entries);
  if (!written) log_error("audit log", {{"error", written.error().text()}});
  lock.lock();
  if (written) return;
  // Once more with the next ones, as far as they fit.
  const std::size_t room = waiting_max - std::min(waiting_max, waiting_.size());
  const std::size_t kept = std::min(room, entries.size());
  lost_ += entries.size() - kept;
  waiting_.insert(waiting_.begin(), std::make_move_iterator(entries.begin()),
                  std::make_move_iterator(entries.begin() + static_cast<std::ptrdiff_t>(kept)));
}

void AuditLog::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty() && refusals_.empty() && lost_ == 0) {
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty() || !refusals_.empty(); });
    }
    changed_.wait_for(lock, write_every, [this] { return stopping_; });
    write(lock, stopping_);
    const TimePoint now = clock_.now();
    if (now - forgotten_at_ >= forget_every) {
      forgotten_at_ = now;
      lock.unlock();
      const Result<> done = store_.forget(now - kept_for);
      if (!done) log_error("audit log", {{"error", done.error().text()}});
      lock.lock();
    }
  }
  write(lock, true);
}

}  // namespace gthulhu
