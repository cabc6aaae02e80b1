// SPDX-License-Identifier: Apache-2.0
#include "app/agent/node_loop.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "core/plan/summarize.h"

namespace gthulhu {

namespace {

// Looking for processes may take one hundredth of a CPU. What follows from a change is not counted:
// that is work that somebody asked for.
constexpr int idle_per_look = 100;
constexpr std::chrono::milliseconds poll_most{1'000};

Error stopped() {
  return Error{Errc::unavailable, "the decision maker is stopping", ""};
}

}  // namespace

std::vector<IntentReport> NodeSnapshot::reports() const {
  return summarize(intents->intents, *decisions, *outcomes, expired);
}

NodeLoop::NodeLoop(const Clock& clock,
                   Processes& processes,
                   Enforcer& enforcer,
                   IntentFile& file,
                   ReportSink& reports,
                   Settings settings)
    : clock_(clock),
      processes_(processes),
      enforcer_(enforcer),
      file_(file),
      reports_(reports),
      settings_(std::move(settings)) {}

NodeLoop::~NodeLoop() {
  stop();
}

Result<> NodeLoop::start() {
  next_.intents = TRY(file_.load());
  take_ends(ends_of(next_.intents->intents, clock_.now()));
  changed_ = true;
  ended_ = false;
  thread_ = std::thread([this] { run(); });
  std::unique_lock lock(mutex_);
  command_ended_.wait(lock, [this] { return has_begun_; });
  return {};
}

void NodeLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  processes_.interrupt();
  if (thread_.joinable()) thread_.join();
}

NodeLoop::View NodeLoop::snapshot() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

bool NodeLoop::run_here(Command command) {
  std::unique_lock lock(mutex_);
  if (stopping_ || ended_) return false;
  // Shared with the queue: the caller may be gone when a stopping loop drops the command.
  const auto done = std::make_shared<bool>(false);
  commands_.push_back([this, done, command = std::move(command)] {
    command();
    const std::lock_guard guard(mutex_);
    *done = true;
    command_ended_.notify_all();
  });
  processes_.interrupt();
  command_ended_.wait(lock, [&] { return *done || ended_; });
  return *done;
}

Result<> NodeLoop::accept(NodeIntents intents) {
  auto result = std::make_shared<Result<>>();
  const bool ran = run_here([this, result, intents = std::move(intents)]() mutable {
    const Generation held = next_.intents->generation;
    if (intents.generation == held) return;
    if (intents.generation < held) {
      *result = Error{Errc::conflict,
                      "generation " + std::to_string(intents.generation) + " is older than " +
                          std::to_string(held) + ", which this node has",
                      ""};
      return;
    }
    std::vector<MonotonicTime> ends = ends_of(intents.intents, clock_.now());
    *result = store(std::move(intents), std::move(ends));
  });
  return ran ? *result : stopped();
}

Result<> NodeLoop::replace(std::vector<Intent> intents) {
  auto result = std::make_shared<Result<>>();
  const bool ran = run_here([this, result, intents = std::move(intents)]() mutable {
    std::vector<MonotonicTime> ends = ends_of(intents, clock_.now());
    *result = store({next_.intents->generation + 1, std::move(intents)}, std::move(ends));
  });
  return ran ? *result : stopped();
}

Result<> NodeLoop::update(Next next, TimePoint now) {
  auto result = std::make_shared<Result<>>();
  const bool ran = run_here([this, result, now, next = std::move(next)] {
    Result<NodeIntents> wanted = next(*next_.intents);
    if (!wanted) {
      *result = std::move(wanted).error();
    } else if (*wanted != *next_.intents) {
      std::vector<MonotonicTime> ends = ends_of(wanted->intents, now);
      *result = store(std::move(*wanted), std::move(ends));
    }
  });
  return ran ? *result : stopped();
}

NodeIntents NodeLoop::held() {
  auto held = std::make_shared<NodeIntents>();
  run_here([this, held] { *held = *next_.intents; });
  return *held;
}

Result<> NodeLoop::remove(const std::function<bool(const Intent&)>& drop) {
  auto result = std::make_shared<Result<>>();
  const bool ran = run_here([this, result, drop] {
    // What stays was counted when it came, by the clock of who sent it.
    const std::vector<Intent>& held = next_.intents->intents;
    std::vector<Intent> kept;
    std::vector<MonotonicTime> ends;
    for (std::size_t i = 0; i < held.size(); ++i) {
      if (drop(held[i])) continue;
      kept.push_back(held[i]);
      ends.push_back(ends_[i]);
    }
    if (kept.size() == held.size()) return;
    *result = store({next_.intents->generation + 1, std::move(kept)}, std::move(ends));
  });
  return ran ? *result : stopped();
}

Result<RunningPods> NodeLoop::all_processes() {
  auto result = std::make_shared<Result<RunningPods>>();
  const bool ran = run_here([this, result] { *result = processes_.all(); });
  if (!ran) return stopped();
  return std::move(*result);
}

Result<SchedulerStatus> NodeLoop::scheduler(SchedulerWish wish) {
  auto result = std::make_shared<Result<SchedulerStatus>>(SchedulerStatus());
  const bool ran = run_here([this, result, wish] { *result = scheduler_now(wish); });
  if (!ran) return stopped();
  return std::move(*result);
}

Result<std::vector<RuledThread>> NodeLoop::ruled_threads(std::size_t most) {
  auto threads = std::make_shared<std::vector<RuledThread>>();
  const bool ran = run_here([this, threads, most] {
    if (NodeScheduler* const found = enforcer_.scheduler()) *threads = found->ruled_threads(most);
  });
  if (!ran) return stopped();
  return std::move(*threads);
}

Result<SchedulerStatus> NodeLoop::scheduler_now(SchedulerWish wish) {
  NodeScheduler* const found = enforcer_.scheduler();
  if (found == nullptr) {
    const EnforcerStatus enforcer = enforcer_.status();
    SchedulerStatus none;
    none.enforcer = enforcer.kind;
    none.reason = "the enforcer " + std::string(name(enforcer.kind)) +
                  " works without a scheduler of ours: " + enforcer.reason;
    if (wish == SchedulerWish::nothing) return none;
    return Error{Errc::unsupported, none.reason, ""};
  }
  // Another enforcer may do the work from now on: it is asked in the turn that follows.
  if (wish != SchedulerWish::nothing) is_undone_ = true;
  switch (wish) {
    case SchedulerWish::nothing: break;
    case SchedulerWish::stop: TRY(found->stop_scheduler()); break;
    case SchedulerWish::reset: found->reset_scheduler(); break;
  }
  return found->scheduler_status();
}

Result<> NodeLoop::store(NodeIntents intents, std::vector<MonotonicTime> ends) {
  TRY(file_.save(intents));
  next_.intents = std::move(intents);
  take_ends(std::move(ends));
  // Those of before name other intents, and nothing was done yet for these.
  next_.is_decided = false;
  next_.decisions = Decisions{};
  next_.outcomes = Outcomes{};
  ++next_.decided;
  stored_ = true;
  changed_ = true;
  return {};
}

std::vector<MonotonicTime> NodeLoop::ends_of(const std::vector<Intent>& intents,
                                             TimePoint now) const {
  // What ends later than this program can run does not end; nanoseconds would not hold it either.
  constexpr std::chrono::hours ages{24 * 365 * 100};
  std::vector<MonotonicTime> ends(intents.size(), MonotonicTime::max());
  for (std::size_t i = 0; i < intents.size(); ++i) {
    const std::optional<TimePoint>& expires = intents[i].expires;
    if (!expires) continue;
    if (*expires <= now) {
      ends[i] = clock_.monotonic();
    } else if (*expires - now <= ages) {
      ends[i] = clock_.monotonic() + (*expires - now);
    }
  }
  return ends;
}

void NodeLoop::take_ends(std::vector<MonotonicTime> ends) {
  ends_ = std::move(ends);
  next_.expired.assign(ends_.size(), false);
  notice_ended();
}

bool NodeLoop::notice_ended() {
  const MonotonicTime now = clock_.monotonic();
  bool any = false;
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    if (next_.expired[i] || ends_[i] > now) continue;
    next_.expired[i] = true;
    any = true;
  }
  return any;
}

void NodeLoop::run() {
  MonotonicTime next_audit = clock_.monotonic();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    std::deque<Command> commands = std::exchange(commands_, {});
    lock.unlock();
    for (const Command& command : commands) command();

    const MonotonicTime begin = clock_.monotonic();
    const bool is_audit = begin >= next_audit;
    if (is_audit) next_audit = begin + settings_.audit_every;
    bool is_new = false;
    std::string trouble;
    if (Result<bool> done = turn(is_audit); done) {
      is_new = *done;
    } else {
      trouble = done.error().text();
    }
    if (trouble != next_.trouble) {
      if (!trouble.empty()) log_error("cannot enforce the node's intents", {{"error", trouble}});
      next_.trouble = std::move(trouble);
      is_new = true;
    }
    if (is_new || stored_) {
      stored_ = false;
      publish();
      is_to_report_ = true;
    }
    report_if_due();

    lock.lock();
    if (!std::exchange(has_begun_, true)) command_ended_.notify_all();
    lock.unlock();
    const bool is_idle =
        pods_->empty() && next_.trouble.empty() && begin >= settled_at_ && !is_to_report_;
    MonotonicTime next = next_turn(next_audit);
    if (is_idle) next = enforcer_.is_to_be_watched() ? next_audit : MonotonicTime::max();
    // What came in the meantime has interrupted it already.
    processes_.wait(std::max<std::chrono::nanoseconds>(next - clock_.monotonic(), {}));
    lock.lock();
  }
  lock.unlock();
  if (Result<> restored = enforcer_.restore_all(); !restored) {
    log_error("not everything could be put back", {{"error", restored.error().text()}});
  }
  lock.lock();
  ended_ = true;
  command_ended_.notify_all();
}

Result<bool> NodeLoop::turn(bool is_audit) {
  if (notice_ended()) changed_ = true;
  if (changed_) {
    std::set<PodUid> pods;
    std::set<PodUid> with_programs;
    for (std::size_t i = 0; i < next_.expired.size(); ++i) {
      if (next_.expired[i]) continue;
      const Intent& intent = next_.intents->intents[i];
      pods.insert(intent.pod);
      const CommandMatch match = intent.command.match();
      const bool needs_program = match == CommandMatch::exe || match == CommandMatch::cmdline;
      if (needs_program) with_programs.insert(intent.pod);
    }
    if (pods != *pods_) pods_ = std::move(pods);
    processes_.tell_programs_of(std::move(with_programs));
    settled_at_ = clock_.monotonic() + settings_.settle_for;
  }
  const RunningPods nothing;
  const RunningPods* running = &nothing;
  const MonotonicTime begin = clock_.monotonic();
  const auto used_before = clock_.thread_cpu();
  if (changed_ || !pods_->empty()) running = TRY(processes_.of(pods_));
  last_look_ = clock_.monotonic() - begin;
  const auto look = clock_.thread_cpu() - used_before;
  if (std::exchange(changed_, false)) decider_.intents_are(next_.intents, next_.expired);
  if (decider_.decide(*running)) {
    ++next_.decided;
    next_.decisions = decider_.decisions();
    next_.is_decided = true;
    next_.outcomes = Outcomes{};  // of other decisions, should the next step fail
    is_undone_ = true;
  } else {
    // Not how long it took: where all CPUs are wanted, nobody waits for the next look on top.
    look_ = look;
  }
  if (!is_undone_ && !is_audit) return false;

  enforcer_.expect(decider_.expected());
  const Result<> audited = is_audit ? enforcer_.audit() : Result<>();
  Result<Outcomes> outcomes =
      audited ? enforcer_.enforce(*next_.decisions) : Result<Outcomes>(audited.error());
  if (!outcomes) {
    // Nobody knows what is in force, and the next turn tries again.
    next_.outcomes = Outcomes{};
    is_undone_ = true;
    return std::move(outcomes).error();
  }
  EnforcerStatus status = enforcer_.status();
  const bool is_new =
      std::exchange(is_undone_, false) || *outcomes != *next_.outcomes || status != next_.enforcer;
  if (is_new) {
    next_.outcomes = *std::move(outcomes);
    if (status.kind != next_.enforcer.kind && !next_.enforcer.reason.empty()) {
      log_warning("another enforcer makes the kernel obey",
                  {{"kind", std::string(name(status.kind))}, {"reason", status.reason}});
    }
    next_.enforcer = std::move(status);
  }
  return is_new;
}

MonotonicTime NodeLoop::next_turn(MonotonicTime next_audit) const {
  MonotonicTime next = is_to_report_ ? next_report_ : MonotonicTime::max();
  if (!processes_.notices_changes()) {
    const auto pause = std::clamp<std::chrono::nanoseconds>(look_ * idle_per_look,
                                                            settings_.poll_least, poll_most);
    return std::min(next, clock_.monotonic() + pause);
  }
  next = std::min(next, next_audit);
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    if (!next_.expired[i]) next = std::min(next, ends_[i]);
  }
  return next;
}

void NodeLoop::publish() {
  auto view = std::make_shared<const NodeSnapshot>(next_);
  const std::lock_guard lock(mutex_);
  published_ = std::move(view);
}

void NodeLoop::report_if_due() {
  const MonotonicTime now = clock_.monotonic();
  const bool is_new_generation = reported_.generation != next_.intents->generation;
  if (!is_to_report_ || (now < next_report_ && !is_new_generation)) return;
  is_to_report_ = false;
  NodeReport report{settings_.node, next_.intents->generation, next_.reports(), next_.enforcer,
                    next_.trouble};
  if (report == reported_) return;
  next_report_ = now + settings_.report_every;
  reported_ = std::move(report);
  reports_.node_reported(reported_);
}

}  // namespace gthulhu
