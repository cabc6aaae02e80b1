// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/probe.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace gthulhu {

namespace {

// A child that waits to be ended, to be written to as other processes will be.
class IdleChild {
 public:
  IdleChild() : pid_(::fork()) {
    if (pid_ != 0) return;
    // A kill -9 of this program must not leave it behind with the values of the trial.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) ::pause();
  }
  IdleChild(const IdleChild&) = delete;
  IdleChild& operator=(const IdleChild&) = delete;
  ~IdleChild() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

Result<> try_on_child(SchedulingCalls& calls) {
  TaskScheduling scheduling = TRY(TaskScheduling::probe(calls));
  const IdleChild child;
  if (child.pid() < 0) return Error{Errc::unavailable, std::strerror(errno), "fork"};
  const ReadValues own = TRY(scheduling.get(child.pid()));
  SchedValues other = own.values;
  for (const int nice : {19, -20}) {
    const ReadValues now = TRY(scheduling.get(child.pid()));
    other.nice = nice;
    TRY(scheduling.set(child.pid(), now, other));
    const ReadValues back = TRY(scheduling.get(child.pid()));
    if (back.values.nice != nice) return Error{Errc::unsupported, "nice was not taken", ""};
  }
  return {};
}

Result<> restore_earlier(CfsEnforcer::Settings settings) {
  std::unique_ptr<CfsEnforcer> earlier = TRY(CfsEnforcer::open(std::move(settings)));
  TRY(earlier->recover());
  return earlier->restore_all();
}

}  // namespace

std::string why_not_cfs(SchedulingCalls& calls) {
  const Result<> tried = try_on_child(calls);
  if (tried) return {};
  if (tried.error().code == Errc::forbidden) return "cfs: no right to raise nice (CAP_SYS_NICE)";
  return "cfs: " + tried.error().text();
}

Result<std::unique_ptr<Enforcer>> choose_enforcer(CfsEnforcer::Settings settings,
                                                  std::optional<EnforcerKind> wanted,
                                                  const MakeIdle& make_idle) {
  if (wanted == EnforcerKind::sched_ext) wanted.reset();
  KernelSchedulingCalls calls;
  const std::string no_cfs = why_not_cfs(calls);
  if (wanted == EnforcerKind::cfs && !no_cfs.empty()) return Error{Errc::unsupported, no_cfs, ""};

  const bool use_cfs = wanted.value_or(EnforcerKind::cfs) == EnforcerKind::cfs && no_cfs.empty();
  const std::string because = wanted ? "set by the operator" : "";
  if (!use_cfs) {
    std::string reason = wanted ? because : no_cfs;
    if (Result<> restored = restore_earlier(std::move(settings)); !restored) {
      if (no_cfs.empty()) return std::move(restored).error();
      // For want of the same right; what is to be done about it is the same too.
      reason += "; what an earlier run wrote is in force: " + restored.error().text();
    }
    return make_idle(wanted.value_or(EnforcerKind::observe), std::move(reason));
  }
  settings.chosen_because = because;
  std::unique_ptr<CfsEnforcer> enforcer = TRY(CfsEnforcer::open(std::move(settings)));
  TRY(enforcer->recover());
  return std::unique_ptr<Enforcer>(std::move(enforcer));
}

}  // namespace gthulhu
