// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/manager/plane.h"
#include "app/manager/session.h"
#include "app/ports/strategy_store.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "core/model/intent.h"
#include "core/model/strategy.h"

namespace gthulhu {

// Whether the scope of the session's permission covers a strategy, or one of its intents.
bool may_see(const Session& session, const Strategy& strategy);
bool may_see(const Session& session, const Snapshot& snapshot, const Intent& intent);

// What users do to strategies: first into the store, then into the plane, then the answer.
//
// What a session may not see does not exist for it (Errc::not_found); what it may see but not write
// as it wants is Errc::forbidden. A strategy without namespaces that is written by somebody whose
// roles are bounded means their namespaces, never all.
//
// Threads: all functions from anywhere; those that write wait for the disk.
class Strategies {
 public:
  // How a strategy is written into the audit log, as JSON.
  using AuditText = std::function<std::string(const Strategy&)>;

  // All outlive this.
  Strategies(
      const Clock& clock, Random& random, StrategyStore& store, Plane& plane, AuditText audit_text);

  // Brings what is stored into the plane, once, at start.
  Result<> load();

  struct Written {
    Strategy strategy;
    std::size_t matched_pods = 0;
  };
  // `draft` without id, creator and times. Errc::invalid_argument when it has ended already.
  Result<Written> create(const Session& session, Strategy draft);

  // The strategy that `next` makes of the present one; id, creator and time of its making stay.
  // Errc::stale when `expected` is given and is not the present revision.
  using Change = std::function<Result<Strategy>(const Strategy& present)>;
  Result<Written> change(const Session& session,
                         const StrategyId& id,
                         std::optional<std::int64_t> expected,
                         const Change& next);

  Result<> erase(const Session& session,
                 const StrategyId& id,
                 std::optional<std::int64_t> expected);

  // The pods of these intents are left out of their strategies from now on (design D5). All of the
  // intents, or Errc::not_found.
  Result<> exclude(const Session& session, const std::vector<IntentId>& intents);

  // What the session may see. `missing` is the text when it is nothing.
  [[nodiscard]] Result<Strategy> get(const Session& session,
                                     const StrategyId& id,
                                     std::string_view missing) const;

  // `draft` as it would be stored: with the namespaces that the session's roles mean.
  // Errc::forbidden when the session may not write it; `owner` is whose it is.
  static Result<Strategy> bounded(const Session& session, Strategy draft, const UserId& owner);

 private:
  Result<Written> write(const Session& session,
                        Strategy next,
                        const Strategy* present,
                        std::string_view action);
  [[nodiscard]] Result<Strategy> present(const Session& session,
                                         const StrategyId& id,
                                         std::optional<std::int64_t> expected,
                                         std::string_view missing) const;

  const Clock& clock_;
  Random& random_;
  StrategyStore& store_;
  Plane& plane_;
  AuditText audit_text_;
  std::mutex order_;  // changes reach the plane in the order in which they were stored
};

}  // namespace gthulhu
