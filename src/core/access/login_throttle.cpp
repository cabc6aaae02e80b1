// SPDX-License-Identifier: Apache-2.0
#include "core/access/login_throttle.h"

#include <algorithm>
#include <string>

namespace gthulhu {

using std::chrono::milliseconds;

milliseconds FailureLimit::wait(const Digest& key, MonotonicTime now) const {
  const auto debt = debts_.find(key);
  if (debt == debts_.end()) return milliseconds{0};
  // One more failure must fit into what may be owed at a time.
  const MonotonicTime free_at = debt->second.paid_at - (rate_.burst - 1) * rate_.interval;
  return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(free_at - now));
}

void FailureLimit::charge(const Digest& key, MonotonicTime now) {
  const auto [debt, is_new] = debts_.try_emplace(key, Debt{now, order_.end()});
  MonotonicTime& paid_at = debt->second.paid_at;
  paid_at = std::min(std::max(paid_at, now) + rate_.interval, now + rate_.burst * rate_.interval);
  if (!is_new) {
    order_.splice(order_.end(), order_, debt->second.place);
    return;
  }
  debt->second.place = order_.insert(order_.end(), key);
  if (debts_.size() > most_keys_) {
    debts_.erase(order_.front());
    order_.pop_front();
  }
}

Result<> LoginThrottle::check(std::string_view account,
                              std::string_view address,
                              MonotonicTime now) const {
  const milliseconds wait =
      std::max(accounts_.wait(sha256(account), now), addresses_.wait(sha256(address), now));
  if (wait == milliseconds{0}) return {};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
  Error error{Errc::too_many,
              "too many failed logins: try again in " + std::to_string(seconds.count()) + " s", ""};
  error.retry_after = wait;
  return error;
}

void LoginThrottle::failed(std::string_view account, std::string_view address, MonotonicTime now) {
  accounts_.charge(sha256(account), now);
  addresses_.charge(sha256(address), now);
}

}  // namespace gthulhu
