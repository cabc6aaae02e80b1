// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/model/audit.h"

namespace gthulhu {

// Which entries are wanted; what is empty asks for nothing.
struct AuditQuery {
  std::string user;    // the username
  std::string action;  // the whole of it, or its first part: "strategy" finds "strategy.create"
  std::string object;
  std::optional<AuditOutcome> outcome;
  std::optional<TimePoint> from;                // not before
  std::optional<TimePoint> to;                  // before
  std::optional<std::int64_t> before_sequence;  // the page after the one that ended here
  std::size_t limit = 100;
};

struct AuditPage {
  std::vector<AuditEntry> entries;  // newest first
  std::size_t total = 0;            // that the query finds, whatever its page

  bool operator==(const AuditPage&) const = default;
};

// The audit log. Changes of strategies, users and roles come into it with the change itself (the
// `audit` of the other stores); this is for everything else. Threads: all functions from anywhere.
class AuditStore {
 public:
  virtual ~AuditStore() = default;

  // All of them or none. A function that returns success has its change on disk.
  virtual Result<> append(std::span<const AuditEntry> entries) = 0;
  virtual Result<AuditPage> entries(const AuditQuery& query) = 0;
  // Removes what is older than `before`.
  virtual Result<> forget(TimePoint before) = 0;
};

}  // namespace gthulhu
