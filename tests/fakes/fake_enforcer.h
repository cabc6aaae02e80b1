// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <vector>

#include "app/ports/enforcer.h"

namespace gthulhu {

// A kernel that obeys at once: what was asked for is in force and verified.
// Threads: as the port says, from one.
class FakeEnforcer : public Enforcer {
 public:
  Decisions in_force;
  ExpectedPods expected;                        // of the last time; not put back
  std::map<std::size_t, std::string> degraded;  // intents that this kernel cannot do, and why
  std::optional<Error> broken;                  // while set, every call answers with this
  std::atomic<bool> is_disk_full = false;       // likewise with its own error; from any thread
  std::atomic<bool> is_watched = false;
  NodeScheduler* its_scheduler = nullptr;  // set before anybody asks
  std::atomic<std::size_t> audits = 0;     // may be read from any thread

  [[nodiscard]] EnforcerStatus status() const override {
    return {.kind = EnforcerKind::cfs,
            .reason = "a fake for tests",
            .approximate = true,
            .tasks = tasks(),
            .cgroups = cgroups()};
  }

  [[nodiscard]] std::size_t tasks() const {
    std::size_t count = 0;
    for (const Shared<PodDecisions>& pod : in_force) count += pod->processes.size();
    return count;
  }
  [[nodiscard]] std::size_t cgroups() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(in_force, [](const auto& pod) { return pod->whole.has_value(); }));
  }

  void expect(const ExpectedPods& pods) override { expected = pods; }

  Result<Outcomes> enforce(const Decisions& wanted) override {
    if (broken) return *broken;
    if (is_disk_full) return Error{Errc::unavailable, "the disk is full", ""};
    in_force = wanted;
    Outcomes outcomes;
    for (const Shared<PodDecisions>& pod : wanted) {
      PodOutcomes made;
      for (const Decision& decision : pod->processes) made.push_back(outcome_of(decision.intent));
      if (pod->whole) made.push_back(outcome_of(pod->whole->intent));
      outcomes.emplace_back(std::move(made));
    }
    return outcomes;
  }

  Result<> audit() override {
    if (broken) return *broken;
    ++audits;
    return {};
  }

  [[nodiscard]] bool is_to_be_watched() const override { return is_watched; }

  [[nodiscard]] NodeScheduler* scheduler() override { return its_scheduler; }

  Result<> restore_all() override {
    if (broken) return *broken;
    in_force = {};
    return {};
  }

 private:
  [[nodiscard]] Outcome outcome_of(std::size_t intent) const {
    const auto reason = degraded.find(intent);
    if (reason == degraded.end()) return {intent, Enforced::verified, ""};
    return {intent, Enforced::degraded, reason->second};
  }
};

}  // namespace gthulhu
