// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "app/ports/enforcer.h"
#include "base/shared_memo.h"

namespace gthulhu {

// Changes nothing: what would be done is shown, and every decision is degraded "observe only".
class ObserveEnforcer : public Enforcer {
 public:
  // `reason` is why there is no better one.
  explicit ObserveEnforcer(std::string reason) : reason_(std::move(reason)) {}

  [[nodiscard]] EnforcerStatus status() const override;
  Result<Outcomes> enforce(const Decisions& wanted) override;
  Result<> audit() override { return {}; }
  Result<> restore_all() override { return {}; }

 private:
  std::string reason_;
  SharedMemo<PodDecisions, PodOutcomes, &PodDecisions::pod> made_;
};

}  // namespace gthulhu
