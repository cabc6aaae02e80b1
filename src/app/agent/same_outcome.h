// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "base/shared_memo.h"
#include "core/model/decision.h"
#include "core/model/outcome.h"

namespace gthulhu {

// The outcomes where the same became of every decision. Threads: one at a time.
class SameOutcome {
 public:
  SameOutcome(Enforced state, std::string_view reason) : state_(state), reason_(reason) {}

  // Valid until the next call.
  const Outcomes& of(const Decisions& decisions);

 private:
  const Enforced state_;
  const std::string reason_;
  SharedMemo<PodDecisions, PodOutcomes, &PodDecisions::pod> made_;
};

}  // namespace gthulhu
