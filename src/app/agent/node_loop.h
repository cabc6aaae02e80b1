// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "app/ports/enforcer.h"
#include "app/ports/intent_file.h"
#include "app/ports/processes.h"
#include "app/ports/report_sink.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/shared.h"
#include "core/model/decision.h"
#include "core/model/intent.h"
#include "core/model/outcome.h"
#include "core/model/report.h"
#include "core/plan/decide.h"

namespace gthulhu {

// What the decision maker knows, at one moment; immutable.
struct NodeSnapshot {
  Shared<NodeIntents> intents;
  std::vector<bool> expired;  // of the intents, in their order
  bool is_decided = false;    // the decisions are of these intents
  Shared<Decisions> decisions;
  std::uint64_t decided = 0;  // another number whenever the decisions may be others
  Shared<Outcomes> outcomes;
  EnforcerStatus enforcer;
  std::string trouble;  // why the last turn could not do its work; empty when it could

  // What is to be said of each intent. Made anew by each call.
  [[nodiscard]] std::vector<IntentReport> reports() const;
};

// The single writer of the node: intents and processes → decisions → kernel → report.
//
// Holds the node's last acknowledged intents, on disk before an acceptance is
// acknowledged, and goes on with them after a restart, manager or not (design D12).
// Without intents it sleeps, once what they changed has settled, but for audits where the enforcer
// wants to be watched. With some it takes a turn upon
// each change of their processes; where changes are not noticed, it looks for them every
// `poll_least`, more slowly where looking would take more than one hundredth of a CPU. A change of
// the reports is told at once, those that follow it within `report_every`.
//
// Threads: all public functions from anywhere, between construction and stop().
class NodeLoop {
 public:
  struct Settings {
    NodeName node;
    std::chrono::milliseconds poll_least{10};
    std::chrono::milliseconds audit_every{1'000};
    // How long audits go on after the last intent went: a child forked while its parent was put
    // back shows up late.
    std::chrono::milliseconds settle_for{5'000};
    std::chrono::milliseconds report_every{100};
  };
  using View = std::shared_ptr<const NodeSnapshot>;

  // The ports outlive this and are used from its thread only.
  NodeLoop(const Clock& clock,
           Processes& processes,
           Enforcer& enforcer,
           IntentFile& file,
           ReportSink& reports,
           Settings settings);
  ~NodeLoop();

  // Loads the intents on disk, begins, and returns after the first turn, so that nobody sees a node
  // without decisions that has some. Errc::corrupt when the intents cannot be read.
  Result<> start();
  // Puts everything back in the kernel and ends the thread. Called by the destructor too.
  void stop();

  // The whole set of a generation. Returns once it is on disk. Errc::conflict for an older
  // generation than the present one; the same one again is a success.
  Result<> accept(NodeIntents intents);
  // The same from somebody who knows no generations: the next one is taken.
  Result<> replace(std::vector<Intent> intents);
  // What `next` makes of the intents that are held, unless it is an error; the same again is left
  // as it is. Runs on the loop's thread, so nothing comes between. `now` is the time by the clock
  // that the intents' ends are told by: from here on they are counted on this node's monotonic one.
  using Next = std::function<Result<NodeIntents>(const NodeIntents& held)>;
  Result<> update(Next next, TimePoint now);
  // Drops the intents that `drop` says yes to.
  Result<> remove(const std::function<bool(const Intent&)>& drop);

  [[nodiscard]] const NodeName& node() const { return settings_.node; }
  [[nodiscard]] View snapshot() const;
  // What is on the disk, which a snapshot may not have seen yet.
  [[nodiscard]] NodeIntents held();
  // How long it took to look for processes the last time.
  [[nodiscard]] std::chrono::nanoseconds last_look() const { return last_look_; }
  Result<RunningPods> all_processes();
  // What the enforcer's scheduler is doing, after what is wanted of it was done. Of an enforcer
  // without one the state says so; Errc::unsupported when something is wanted of it.
  enum class SchedulerWish : std::uint8_t { nothing, stop, reset };
  Result<SchedulerStatus> scheduler(SchedulerWish wish = SchedulerWish::nothing);
  // As NodeScheduler::ruled_threads(); none without a scheduler.
  Result<std::vector<RuledThread>> ruled_threads(std::size_t most);
  [[nodiscard]] DiscoveryStatus discovery() const { return processes_.status(); }

 private:
  using Command = std::function<void()>;

  // Runs `command` on the loop's thread and waits for it. False when the loop has ended.
  bool run_here(Command command);
  Result<SchedulerStatus> scheduler_now(SchedulerWish wish);
  Result<> store(NodeIntents intents, std::vector<MonotonicTime> ends);
  // When each intent ends, if `now` is the time.
  [[nodiscard]] std::vector<MonotonicTime> ends_of(const std::vector<Intent>& intents,
                                                   TimePoint now) const;
  void take_ends(std::vector<MonotonicTime> ends);
  // Whether any has ended since the last look.
  bool notice_ended();
  void run();
  // One look at the processes; false when nothing was new.
  Result<bool> turn(bool is_audit);
  void publish();
  void report_if_due();
  // When a turn is due without a command or a change.
  [[nodiscard]] MonotonicTime next_turn(MonotonicTime next_audit) const;

  const Clock& clock_;
  Processes& processes_;
  Enforcer& enforcer_;
  IntentFile& file_;
  ReportSink& reports_;
  const Settings settings_;

  // Owned by the loop's thread.
  NodeSnapshot next_;
  PodSet pods_;                       // of the intents
  Decider decider_;                   // of the intents
  bool changed_ = false;              // the intents, since the last turn
  bool is_undone_ = false;            // the enforcer has not been asked for the last decisions
  bool stored_ = false;               // the intents, since they were published
  std::vector<MonotonicTime> ends_;   // of the intents, in their order
  MonotonicTime settled_at_;          // nothing that an earlier change left can turn up after this
  std::chrono::nanoseconds look_{0};  // CPU time of the last look that found nothing new
  NodeReport reported_;
  bool is_to_report_ = false;  // the last snapshot
  MonotonicTime next_report_;  // not before

  std::atomic<std::chrono::nanoseconds> last_look_{std::chrono::nanoseconds{0}};

  mutable std::mutex mutex_;               // guards everything below
  std::condition_variable command_ended_;  // or the first turn
  std::deque<Command> commands_;
  View published_ = std::make_shared<const NodeSnapshot>();
  bool has_begun_ = false;  // the first turn is over
  bool stopping_ = false;
  bool ended_ = true;

  std::thread thread_;
};

}  // namespace gthulhu
