// SPDX-License-Identifier: Apache-2.0
//
// Whether the kernel goes by the rules: read back, thread by thread.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/bpf/scheduler_program.h"
#include "adapters/sched_ext/rules.h"
#include "core/model/decision.h"
#include "core/model/outcome.h"

namespace gthulhu {

// What a thread has of its own (sched_getattr(2)).
struct OwnScheduling {
  bool is_real_time = false;  // or with a deadline: no scheduler of sched_ext gets to see it
  bool is_idle = false;       // SCHED_IDLE
  int nice = 0;

  bool operator==(const OwnScheduling&) const = default;
};

// Nothing when there is no such thread.
std::optional<OwnScheduling> read_own_scheduling(pid_t thread);

// Threads: one.
class RuleChecks {
 public:
  using ReadOwn = std::function<std::optional<OwnScheduling>(pid_t)>;

  explicit RuleChecks(ReadOwn read_own) : read_own_(std::move(read_own)) {}

  // The threads that are to obey from now on. Of those with another rule than before nothing is
  // known yet.
  void want(const Decisions& wanted);
  // Nothing is known of any.
  void start_over();
  // Looks at as many threads as `most`, in turn. Whether something else is to be said of any.
  bool look(SchedulerProgram& program, std::size_t most);

  // Of each decision that could be looked at. `is_pod_refused`: the rule of the pod's cgroup is
  // among those that were.
  [[nodiscard]] PodOutcomes outcomes_of(const PodDecisions& pod,
                                        const RefusedRules& refused,
                                        bool is_pod_refused) const;

  // As many as `most` of them, by number, with what they are to obey.
  [[nodiscard]] std::vector<std::pair<pid_t, SchedulerRule>> ruled(std::size_t most) const;
  // Threads with a rule that is not neutral.
  [[nodiscard]] std::size_t count() const { return ruled_; }

 private:
  enum class Seen : std::uint8_t { not_yet, in_force, other_rule, real_time, own_idle, gone };
  struct Check {
    SchedulerRule rule;
    Seen seen = Seen::not_yet;
    bool is_clamped = false;
    std::uint64_t wanted_in = 0;  // the number of the last want() that named it
  };
  using Checks = std::map<TaskId, Check>;

  void want_pod(const PodDecisions& pod);
  void drop(Checks::iterator check);
  [[nodiscard]] Check looked(pid_t thread, Check check, SchedulerProgram& program) const;
  [[nodiscard]] std::optional<Outcome> outcome_of(const Decision& decision) const;
  static std::string_view trouble_of(const Check& check);

  const ReadOwn read_own_;
  Decisions wanted_;
  std::uint64_t wants_ = 0;
  Checks checks_;
  std::size_t ruled_ = 0;
  TaskId next_{};  // the first to be looked at
};

}  // namespace gthulhu
