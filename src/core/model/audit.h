// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "core/model/account.h"

namespace gthulhu {

enum class AuditOutcome : std::uint8_t { done, refused };

constexpr std::string_view name(AuditOutcome outcome) {
  return outcome == AuditOutcome::done ? "done" : "refused";
}

// One line of the audit log: who did what, from where. Never holds a password or a hash of one.
struct AuditEntry {
  std::int64_t sequence = 0;  // given by the store: 1, 2, 3, …
  TimePoint at;
  UserId user;             // empty when nobody is known
  std::string username;    // as it was then
  std::string from;        // the client's address
  std::string request_id;  // as in the answer and in the access log
  std::string action;      // "strategy.create"
  std::string object;      // "strategy/6923…"; of a refusal the method and path asked for
  AuditOutcome outcome = AuditOutcome::done;
  std::string reason;  // of a refusal
  std::string before;  // JSON; empty when there was nothing
  std::string after;   // likewise

  bool operator==(const AuditEntry&) const = default;
};

}  // namespace gthulhu
