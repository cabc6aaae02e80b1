// SPDX-License-Identifier: Apache-2.0
#include "core/plan/summarize.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <tuple>

#include "core/model/reasons.h"

namespace gthulhu {

namespace {

// What is known of one intent.
struct Tally {
  std::size_t processes = 0;  // that obey it
  std::size_t losses = 0;     // that it lost to `strongest`
  std::size_t strongest = 0;
  const Outcome* worst = nullptr;
};

int badness(Enforced state) {
  switch (state) {
    case Enforced::verified: return 0;
    case Enforced::applied: return 1;
    case Enforced::degraded: return 2;
  }
  std::abort();
}

// Unknown reasons come last, by their text.
auto reason_order(std::string_view reason) {
  return std::pair(std::ranges::find(reasons::worst_first, reason), reason);
}

bool is_worse(const Outcome& left, const Outcome& right) {
  if (left.state != right.state) return badness(left.state) > badness(right.state);
  if (left.reason == right.reason) return false;
  return reason_order(left.reason) < reason_order(right.reason);
}

std::vector<Tally> tally(std::size_t intents,
                         const Decisions& decisions,
                         const Outcomes& outcomes) {
  std::vector<Tally> tallies(intents);
  for (const Shared<PodDecisions>& pod : decisions) {
    for (const Decision& decision : pod->processes) ++tallies[decision.intent].processes;
    for (const Superseded& lost : pod->superseded) {
      Tally& loser = tallies[lost.intent];
      // The stronger one of two that it lost to equally often has the higher index.
      if (lost.processes < loser.losses) continue;
      loser.losses = lost.processes;
      loser.strongest = lost.by;
    }
  }
  for (const Shared<PodOutcomes>& pod : outcomes) {
    for (const Outcome& outcome : *pod) {
      const Outcome*& worst = tallies[outcome.intent].worst;
      if (worst == nullptr || is_worse(outcome, *worst)) worst = &outcome;
    }
  }
  return tallies;
}

void tell(IntentReport& report, const Outcome& outcome) {
  switch (outcome.state) {
    case Enforced::verified: report.state = IntentState::verified; return;
    case Enforced::applied: report.state = IntentState::applied; return;
    case Enforced::degraded:
      report.state = IntentState::degraded;
      report.reason = outcome.reason;
      return;
  }
  std::abort();
}

}  // namespace

std::vector<IntentReport> summarize(const std::vector<Intent>& intents,
                                    const Decisions& decisions,
                                    const Outcomes& outcomes,
                                    const std::vector<bool>& expired) {
  const std::vector<Tally> tallies = tally(intents.size(), decisions, outcomes);
  std::vector<IntentReport> reports;
  reports.reserve(intents.size());
  for (std::size_t i = 0; i < intents.size(); ++i) {
    const Tally& known = tallies[i];
    IntentReport report;
    report.intent = intents[i].id;
    report.state = IntentState::delivered;
    if (known.processes > 0 && known.worst != nullptr) {
      report.processes = known.processes;
      tell(report, *known.worst);
    } else if (known.processes == 0 && known.losses > 0) {
      report.state = IntentState::superseded;
      report.superseded_by = intents[known.strongest].id;
    }
    const bool is_told =
        report.state == IntentState::degraded || report.state == IntentState::superseded;
    if (!expired.empty() && expired[i]) {
      report.state = IntentState::expired;
    } else if (intents[i].clamped && !is_told) {
      report.state = IntentState::degraded;
      report.reason = reasons::clamped;
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace gthulhu
