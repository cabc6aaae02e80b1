// SPDX-License-Identifier: Apache-2.0
#include "adapters/sched_ext/sched_ext_enforcer.h"

#include <cstdlib>
#include <utility>

#include "adapters/sched_ext/absence.h"
#include "adapters/sched_ext/cpu_limits.h"

namespace gthulhu {

namespace {

using namespace std::chrono_literals;

constexpr auto between_slow_looks = 10s;
// The kernel shows for a moment that none is attached before it says why.
constexpr auto until_missed = 3s;
constexpr const char* our_name = "gthulhu";  // of the scheduler, bpf/scheduler.bpf.c
constexpr int unknown_error = 1024;          // SCX_EXIT_ERROR, kernel/sched/ext_internal.h

}  // namespace

SchedExtEnforcer::SchedExtEnforcer(const Clock& clock, Settings settings, Parts parts)
    : clock_(clock),
      settings_(std::move(settings)),
      parts_(std::move(parts)),
      checks_(parts_.read_own) {}

SchedExtEnforcer::~SchedExtEnforcer() {
  if (program_ == nullptr) return;
  if (!settings_.keep_on_stop || !unpinned_because_.empty()) take_away();
}

void SchedExtEnforcer::start() {
  try_to_attach(clock_.monotonic(), true);
}

bool SchedExtEnforcer::is_to_be_watched() const {
  if (program_ != nullptr) return true;
  switch (absence_) {
    case Absence::unusable: return false;
    case Absence::waiting: return true;
    case Absence::ejected: return ejections_.next_trial().has_value();
    case Absence::stopped: return false;
  }
  std::abort();
}

EnforcerStatus SchedExtEnforcer::status() const {
  EnforcerStatus status;
  std::string reason = settings_.chosen_because;
  const auto add = [&](const std::string& text) {
    if (!reason.empty() && !text.empty()) reason += "; ";
    reason += text;
  };
  if (program_ != nullptr) {
    status.kind = EnforcerKind::sched_ext;
    status.tasks = checks_.count();
    status.cgroups = written_cgroups_.size();
    add("our scheduler is attached");
    if (!unpinned_because_.empty()) add("it ends with this program: " + unpinned_because_);
    if (!fallback_trouble_.empty()) {
      add("what was written before is in force too: " + fallback_trouble_);
    }
  } else {
    status = parts_.fallback->status();
    add(absent_because_);
    add(status.reason);
  }
  status.reason = std::move(reason);
  return status;
}

Result<Outcomes> SchedExtEnforcer::enforce(const Decisions& wanted) {
  wanted_ = wanted;
  if (program_ == nullptr) return parts_.fallback->enforce(wanted);
  write_rules(*program_);
  if (has_others_rules_) drop_others_rules();
  checks_.want(wanted);
  return outcomes_.of(wanted, [this](const PodDecisions& pod) { return outcomes_of(pod); });
}

Result<> SchedExtEnforcer::audit() {
  const MonotonicTime now = clock_.monotonic();
  const bool is_slow_look = now >= next_slow_look_;
  if (is_slow_look) next_slow_look_ = now + between_slow_looks;
  const bool was_attached = program_ != nullptr;
  if (was_attached) {
    if (const auto end = look_for_end(now)) {
      ejected(*end, now);
    } else if (is_slow_look) {
      if (std::string limit = limit_in_the_way(); !limit.empty()) {
        let_go(Absence::waiting, std::move(limit));
      }
    }
  }
  const bool is_due = absence_ == Absence::ejected ? ejections_.may_try(now) : is_slow_look;
  const bool is_wanted =
      program_ == nullptr && absence_ != Absence::unusable && absence_ != Absence::stopped;
  // One that has just made room for a limit would find it again.
  const bool has_just_left = was_attached && absence_ == Absence::waiting;
  if (is_wanted && is_due && !has_just_left) try_to_attach(now, false);

  if (program_ == nullptr) {
    if (!was_attached) return parts_.fallback->audit();
    // At once: until then nobody makes the kernel obey.
    if (Result<Outcomes> taken = parts_.fallback->enforce(wanted_); !taken) {
      return std::move(taken).error();
    }
    return {};
  }
  renew_lease(*program_);
  if (!fallback_trouble_.empty()) put_fallback_back();
  if (is_slow_look && are_cgroups_others()) write_rules_anew();
  if (!refused_.empty()) try_refused_again();
  if (checks_.look(*program_, settings_.audit_threads_most)) outcomes_.clear();
  return {};
}

Result<> SchedExtEnforcer::restore_all() {
  wanted_ = Decisions();
  expected_ = ExpectedPods();
  // To be kept, it is kept with its rules.
  const bool is_kept = settings_.keep_on_stop && unpinned_because_.empty();
  if (program_ != nullptr && !is_kept) {
    write_rules(*program_);
    checks_.want(wanted_);
    outcomes_.clear();
  }
  TRY(parts_.fallback->restore_all());
  fallback_trouble_.clear();
  if (refused_.empty()) return {};
  return Error{Errc::unavailable,
               std::to_string(refused_.size()) + " rules could not be taken from the scheduler",
               ""};
}

// --- attached or not ---

std::string SchedExtEnforcer::limit_in_the_way() const {
  if (!settings_.refuse_limited_nodes) return {};
  const auto limited = find_cpu_limit(settings_.hierarchy);
  return limited ? absence::limited(*limited, settings_.hierarchy.version) : std::string();
}

void SchedExtEnforcer::try_to_attach(MonotonicTime now, bool is_first) {
  if (is_first) {
    if (const std::string reason = why_unusable(settings_.kernel); !reason.empty()) {
      return let_go(Absence::unusable, absence::unusable(reason));
    }
  }
  if (!claim_place()) return;
  const bool is_left = has_place_ && parts_.place->left() != SchedulerPlace::Left::nothing;
  if (is_left && adopt()) return;
  // Another one of ours goes on until this one may take its place.
  const std::string other = attached_scheduler(settings_.kernel.sysfs);
  const bool is_to_replace = is_left && other == our_name;
  if (is_left && !is_to_replace) take_away();
  if (!is_to_replace && !other.empty()) {
    return let_go(Absence::waiting, absence::occupied(other));
  }
  if (!is_to_replace && !is_vacant(settings_.kernel.sysfs)) {
    if (absent_because_.empty()) absent_because_ = absence::being_changed();
    return;  // the next audit tries again
  }
  if (std::string limit = limit_in_the_way(); !limit.empty()) {
    if (is_to_replace) take_away();
    return let_go(Absence::waiting, std::move(limit));
  }
  ejections_.trying();
  auto loaded = parts_.place->load();
  if (is_to_replace) take_away();
  if (!loaded) return could_not_attach(loaded.error(), now, is_first);
  SchedulerProgram& program = **loaded;
  // Before anybody runs under it.
  forget_rules();
  write_rules(program);
  renew_lease(program);
  if (const Result<> attached = attach(program); !attached) {
    return could_not_attach(attached.error(), now, is_first);
  }
  has_come(*std::move(loaded));
}

bool SchedExtEnforcer::claim_place() {
  const Result<> claimed = parts_.place->claim();
  has_place_ = claimed.has_value();
  unpinned_because_ = claimed ? "" : claimed.error().text();
  if (claimed || claimed.error().code != Errc::conflict) return true;
  // Not let_go(): what is there is the other's.
  absence_ = Absence::waiting;
  absent_because_ = absence::claimed(claimed.error().text());
  history_.is_now(scheduler_state(), clock_.now());
  return false;
}

bool SchedExtEnforcer::adopt() {
  if (parts_.place->left() != SchedulerPlace::Left::same) return false;
  if (attached_scheduler(settings_.kernel.sysfs) != our_name) return false;
  if (!limit_in_the_way().empty()) return false;
  auto adopted = parts_.place->adopt();
  if (!adopted || (*adopted)->end()) return false;
  forget_rules();
  has_others_rules_ = true;
  renew_lease(**adopted);
  has_come(*std::move(adopted));
  return true;
}

Result<> SchedExtEnforcer::attach(SchedulerProgram& program) {
  TRY(program.attach());
  if (!has_place_) return {};
  const Result<> pinned = parts_.place->pin(program);
  unpinned_because_ = pinned ? "" : pinned.error().text();
  return {};
}

void SchedExtEnforcer::has_come(std::unique_ptr<SchedulerProgram> program) {
  program_ = std::move(program);
  quotas_->begin(program_->quotas());
  absence_ = Absence::waiting;
  absent_because_.clear();
  missing_since_.reset();
  checks_.start_over();
  checks_.want(wanted_);
  outcomes_.clear();
  history_.is_now(SchedulerState::attached, clock_.now());
  put_fallback_back();
}

void SchedExtEnforcer::could_not_attach(const Error& error, MonotonicTime now, bool is_first) {
  if (is_first) return let_go(Absence::unusable, absence::unusable(error.text()));
  ejections_.ended(ExitCause::failed, now);
  history_.could_not_attach(error.text(), clock_.now());
  let_go(Absence::ejected, absence::not_loaded(error.text(), ejections_));
}

std::optional<SchedulerEnd> SchedExtEnforcer::look_for_end(MonotonicTime now) {
  if (std::optional<SchedulerEnd> end = program_->end()) return end;
  if (!attached_scheduler(settings_.kernel.sysfs).empty()) {
    missing_since_.reset();
    return std::nullopt;
  }
  if (!missing_since_) missing_since_ = now;
  if (now - *missing_since_ < until_missed) return std::nullopt;
  SchedulerEnd end;
  end.kind = unknown_error;
  end.reason = "the kernel does not say why";
  return end;
}

void SchedExtEnforcer::ejected(const SchedulerEnd& end, MonotonicTime now) {
  // As after a suspension of the machine that was longer than the scheduler waits for us.
  const ExitCause cause = end.is_left_alone ? ExitCause::outdated : exit_cause(end.kind, end.code);
  ejections_.ended(cause, now);
  history_.ended(end, clock_.now());
  let_go(Absence::ejected, absence::ejected(end, ejections_));
}

void SchedExtEnforcer::renew_lease(SchedulerProgram& program) {
  const BootTime now = parts_.boot_time();
  // Tasks that looked after the end of the last lease know of no rules; when that of the process
  // before this one ended is not known.
  const bool was_over = lease_ends_ != BootTime() && now >= lease_ends_;
  lease_ends_ = now + settings_.orphan_after;
  program.live_until(lease_ends_, now + settings_.leave_after);
  if (was_over || has_others_rules_) program.publish();
}

void SchedExtEnforcer::take_away() {
  if (program_ != nullptr) program_->detach();
  if (has_place_) {
    if (const Result<> removed = parts_.place->remove(); !removed) {
      unpinned_because_ = removed.error().text();
    }
  }
}

void SchedExtEnforcer::let_go(Absence absence, std::string reason) {
  if (program_ != nullptr) {
    history_.add(program_->counts());
    take_away();
  }
  program_.reset();
  quotas_->end();
  absence_ = absence;
  absent_because_ = std::move(reason);
  history_.is_now(scheduler_state(), clock_.now());
}

void SchedExtEnforcer::put_fallback_back() {
  const Result<> restored = parts_.fallback->restore_all();
  fallback_trouble_ = restored ? "" : restored.error().text();
}

}  // namespace gthulhu
