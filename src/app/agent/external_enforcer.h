// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "app/agent/decision_reads.h"
#include "app/agent/same_outcome.h"
#include "app/ports/enforcer.h"
#include "base/clock.h"
#include "base/shared_memo.h"
#include "core/model/reasons.h"

namespace gthulhu {

// Writes nothing: somebody else's scheduler asks for the decisions over HTTP and makes the kernel
// obey (contract 9). What it does with them cannot be seen from here, so decisions are at best
// `applied`: once it has asked for them, and as long as it goes on asking. Until then, and when
// nobody has asked for `patience`, they are degraded "not asked for".
class ExternalEnforcer : public Enforcer {
 public:
  static constexpr std::chrono::seconds patience{60};

  // `clock` and `reads` outlive this; `reason` is why it was chosen.
  ExternalEnforcer(const Clock& clock, const DecisionReads& reads, std::string reason)
      : clock_(clock), reads_(reads), reason_(std::move(reason)) {}

  [[nodiscard]] EnforcerStatus status() const override;
  Result<Outcomes> enforce(const Decisions& wanted) override;
  Result<> audit() override { return {}; }
  Result<> restore_all() override { return {}; }

 private:
  [[nodiscard]] bool is_asked() const;

  const Clock& clock_;
  const DecisionReads& reads_;
  const std::string reason_;
  // When each pod's decisions were first wanted.
  SharedMemo<PodDecisions, MonotonicTime, &PodDecisions::pod> since_;
  SameOutcome asked_for_{Enforced::applied, ""};
  SameOutcome waiting_{Enforced::degraded, reasons::not_asked_for};
};

}  // namespace gthulhu
