// SPDX-License-Identifier: Apache-2.0
#include "app/agent/external_enforcer.h"

namespace gthulhu {

namespace {

constexpr MonotonicTime never = MonotonicTime::min();

}  // namespace

bool ExternalEnforcer::is_asked() const {
  const auto last = reads_.last();
  return last && clock_.monotonic() - *last <= patience;
}

EnforcerStatus ExternalEnforcer::status() const {
  EnforcerStatus status;
  status.kind = EnforcerKind::external;
  status.reason = reason_;
  status.reason += is_asked() ? "; a scheduler asks for the decisions"
                              : "; no scheduler has asked for the decisions for " +
                                    std::to_string(patience.count()) + " s";
  status.approximate = true;
  return status;
}

Result<Outcomes> ExternalEnforcer::enforce(const Decisions& wanted) {
  const MonotonicTime now = clock_.monotonic();
  const auto& since = since_.of(wanted, [now](const PodDecisions&) { return now; });
  const auto& asked_for = asked_for_.of(wanted);
  const auto& waiting = waiting_.of(wanted);
  const MonotonicTime last = is_asked() ? reads_.last().value_or(never) : never;
  Outcomes outcomes;
  outcomes.reserve(wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    outcomes.push_back(last > *since[i] ? asked_for[i] : waiting[i]);
  }
  return outcomes;
}

}  // namespace gthulhu
