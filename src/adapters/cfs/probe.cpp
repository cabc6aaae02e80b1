// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/probe.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/owned.h"
#include "base/text.h"

namespace gthulhu {

namespace {

std::string first_line(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 128> text{};
  const ssize_t got = file.valid() ? ::read(file.get(), text.data(), text.size()) : 0;
  const std::string_view read(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  return std::string(trim(read.substr(0, read.find('\n'))));
}

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

std::string why_not_sched_ext(const std::string& sysfs) {
  const std::string directory = sysfs + "/kernel/sched_ext";
  if (::access(directory.c_str(), F_OK) != 0) {
    return "sched_ext: not part of this version, and the kernel has none";
  }
  if (first_line(directory + "/state") == "enabled") {
    return "sched_ext: not part of this version; the scheduler " +
           first_line(directory + "/root/ops") +
           " is loaded, and what is written acts as far as it heeds it";
  }
  return "sched_ext: not part of this version";
}

Result<std::unique_ptr<Enforcer>> choose_enforcer(CfsEnforcer::Settings settings,
                                                  std::optional<EnforcerKind> wanted,
                                                  const MakeIdle& make_idle) {
  if (wanted == EnforcerKind::sched_ext) {
    return Error{Errc::unsupported, "the enforcer sched_ext is not part of this version", ""};
  }
  KernelSchedulingCalls calls;
  const std::string no_cfs = why_not_cfs(calls);
  const std::string no_sched_ext = why_not_sched_ext("/sys");
  if (wanted == EnforcerKind::cfs && !no_cfs.empty()) return Error{Errc::unsupported, no_cfs, ""};

  const bool use_cfs = wanted.value_or(EnforcerKind::cfs) == EnforcerKind::cfs && no_cfs.empty();
  const std::string because = wanted ? "set by the operator" : no_sched_ext;
  if (!use_cfs) {
    std::string reason = wanted ? because : because + "; " + no_cfs;
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
