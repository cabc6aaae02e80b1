// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "app/agent/same_outcome.h"
#include "app/ports/enforcer.h"
#include "core/model/reasons.h"

namespace gthulhu {

// Changes nothing: what would be done is shown, and every decision is degraded "observe only".
class ObserveEnforcer : public Enforcer {
 public:
  // `reason` is why there is no better one.
  explicit ObserveEnforcer(std::string reason) : reason_(std::move(reason)) {}

  [[nodiscard]] EnforcerStatus status() const override;
  Result<Outcomes> enforce(const Decisions& wanted) override { return outcome_.of(wanted); }
  Result<> audit() override { return {}; }
  Result<> restore_all() override { return {}; }

 private:
  const std::string reason_;
  SameOutcome outcome_{Enforced::degraded, reasons::observe_only};
};

}  // namespace gthulhu
