// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/shared.h"
#include "base/shared_memo.h"
#include "core/model/decision.h"
#include "core/model/intent.h"
#include "core/model/process.h"
#include "core/plan/expect.h"
#include "core/plan/pod_intents.h"

namespace gthulhu {

// What holds a pod's network namespace; it does nothing and is left alone (contract 6.3).
inline constexpr std::string_view pause_command = "pause";

// Which intent each process obeys: of the intents for its pod the last whose command matches it and
// whose container, if it names one, the process is in; none for those that no intent matches, and
// for pause processes. Where a command is about threads, that is so for each thread. And for each
// pod what holds for it as a whole: the last of its intents that matches every command of every
// container. Intents that have expired are as if they were not there.
//
// For each pod, in their order and that of their processes, so the same input gives the same
// decisions; only pods that are not the same as the last time are looked at.
//
// Threads: one at a time.
class Decider {
 public:
  // From now on. `expired` has one truth for each intent, or is empty: none has.
  void intents_are(Shared<NodeIntents> intents, const std::vector<bool>& expired);

  // Whether the decisions may be others than after the last call.
  bool decide(const RunningPods& pods);
  // Of the last call; valid until the next.
  [[nodiscard]] const Decisions& decisions() const { return made_.last(); }
  // What is to hold in the intents' pods before anything is seen there, as of the last call.
  [[nodiscard]] const ExpectedPods& expected() const { return expectations_.pods(); }

 private:
  [[nodiscard]] PodDecisions decide_pod(const PodProcesses& pod);

  Shared<NodeIntents> intents_;
  IntentsOfPods of_pod_;
  Expectations expectations_;
  SharedMemo<PodProcesses, PodDecisions, &PodProcesses::pod> made_;
  bool are_others_ = false;  // the intents, since the last decide()
};

// The same from scratch.
Decisions decide(const std::vector<Intent>& intents,
                 const RunningPods& pods,
                 const std::vector<bool>& expired = {});

}  // namespace gthulhu
