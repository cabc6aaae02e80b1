// SPDX-License-Identifier: Apache-2.0
#include "core/enforce/pod_changes.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace gthulhu {
namespace {

// Which thread obeys which intent.
using Obeyed = std::map<pid_t, std::size_t>;

Obeyed obeyed_in(const Decisions& decisions) {
  Obeyed obeyed;
  for (const Shared<PodDecisions>& pod : decisions) {
    for (const Decision& decision : pod->processes) {
      for (const Thread& thread : decision.process->threads) {
        obeyed[thread.id.tid] = decision.intent;
      }
    }
  }
  return obeyed;
}

// What is left of `obeyed` after the changes: first all that goes, then all that comes.
Obeyed changed(Obeyed obeyed, const std::vector<PodChange>& changes) {
  for (const PodChange& change : changes) {
    for (const Decision* gone : decision_changes(change).gone) {
      for (const Thread& thread : gone->process->threads) obeyed.erase(thread.id.tid);
    }
  }
  for (const PodChange& change : changes) {
    for (const Decision* come : decision_changes(change).come) {
      for (const Thread& thread : come->process->threads) obeyed[thread.id.tid] = come->intent;
    }
  }
  return obeyed;
}

// Processes in pods, most of them as they were in `before`; one may have two decisions.
Decisions next_of(const Decisions& before, std::mt19937& random) {
  std::map<std::string, std::map<pid_t, std::vector<Decision>>> pods;
  for (const Shared<PodDecisions>& pod : before) {
    for (const Decision& decision : pod->processes) {
      if (random() % 8 == 0) continue;
      // Now and then it moves to another pod.
      const std::string place = random() % 8 == 0
                                    ? std::string(1, static_cast<char>('a' + random() % 4))
                                    : pod->pod().str();
      pods[place][decision.process->id.tid].push_back(decision);
    }
  }
  std::set<pid_t> used;
  for (const auto& [place, processes] : pods) {
    for (const auto& [number, decisions] : processes) used.insert(number);
  }
  const auto number = static_cast<pid_t>(10 * (1 + random() % 12));
  if (!used.contains(number)) {
    Decision made;
    made.intent = random() % 3;
    made.process = Process{.id = {number, random() % 5}, .threads = {{{number, 1}, ""}}};
    Decision of_thread = made;
    of_thread.intent = 3;
    of_thread.process = Process{.id = made.process->id, .threads = {{{number + 1, 1}, ""}}};
    pods[std::string(1, static_cast<char>('a' + random() % 4))][number] = {made, of_thread};
  }
  Decisions decisions;
  for (const auto& [place, processes] : pods) {
    PodDecisions pod;
    pod.cgroup = PodCgroup{PodUid(place), "/" + place};
    if (random() % 4 == 0) pod.whole = PodDecision{random() % 2, pod.cgroup, {}};
    for (const auto& [process, made] : processes) {
      pod.processes.insert(pod.processes.end(), made.begin(), made.end());
    }
    decisions.emplace_back(std::move(pod));
  }
  return decisions;
}

TEST(PodChanges, lead_from_one_set_of_decisions_to_the_next) {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    std::mt19937 random(seed);
    Decisions before;
    for (int step = 0; step < 50; ++step) {
      const Decisions now = next_of(before, random);
      ASSERT_EQ(changed(obeyed_in(before), pod_changes(before, now)), obeyed_in(now))
          << "seed " << seed << ", step " << step;
      before = now;
    }
  }
}

TEST(PodChanges, are_none_where_all_is_the_same) {
  std::mt19937 random(1);
  Decisions decisions;
  for (int step = 0; step < 20; ++step) decisions = next_of(decisions, random);
  EXPECT_TRUE(pod_changes(decisions, decisions).empty());
}

TEST(PodChanges, of_processes_to_which_nothing_happened_do_not_tell) {
  const Shared<Process> same = Process{.id = {10, 1}, .threads = {{{10, 1}, ""}}};
  const Shared<Process> other = Process{.id = {20, 1}, .threads = {{{20, 1}, ""}}};
  PodDecisions before;
  before.processes.resize(2);
  before.processes[0].process = same;
  before.processes[1].process = other;
  PodDecisions now = before;
  now.processes.pop_back();
  DecisionChanges changes = decision_changes({&before, &now});
  EXPECT_TRUE(changes.come.empty());
  ASSERT_EQ(changes.gone.size(), 1U);
  EXPECT_TRUE(changes.gone.front()->process.is_same(other));
  // The same for all of them where the pod's own decision differs.
  now.whole = PodDecision{};
  changes = decision_changes({&before, &now});
  EXPECT_EQ(changes.come.size(), 1U);
  EXPECT_EQ(changes.gone.size(), 2U);
}

}  // namespace
}  // namespace gthulhu
