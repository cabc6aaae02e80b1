// SPDX-License-Identifier: Apache-2.0
#include "main/run_workload.h"

#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "adapters/cgroupfs/contained_command.h"
#include "adapters/cgroupfs/hierarchy.h"
#include "adapters/cgroupfs/labelled_cgroup.h"
#include "adapters/cgroupfs/run_scope.h"
#include "adapters/system/system_random.h"
#include "core/match/label_selector.h"

namespace gthulhu {

namespace {

// As in env(1), nohup(1), timeout(1) and the shells; 77 is EX_NOPERM of sysexits.h.
constexpr int wrong_flags = 2;
constexpr int no_rights = 77;
constexpr int own_failure = 125;
constexpr int not_executable = 126;
constexpr int no_such_command = 127;

// Carries the name of the scope from the program that asks systemd for it to the same program in
// it.
constexpr const char* scope_variable = "GTHULHU_RUN_SCOPE";

int complain(const Error& error, int exit_code) {
  std::cerr << "gthulhu run: " << error.text() << '\n';
  return exit_code;
}

int complain(const Error& error) {
  switch (error.code) {
    case Errc::forbidden: return complain(error, no_rights);
    case Errc::invalid_argument:
    case Errc::unauthenticated:
    case Errc::not_found:
    case Errc::conflict:
    case Errc::stale:
    case Errc::too_large:
    case Errc::too_many:
    case Errc::unsupported:
    case Errc::unavailable:
    case Errc::timeout:
    case Errc::corrupt:
    case Errc::internal: return complain(error, own_failure);
  }
  std::abort();
}

std::string command_name(const RunOptions& options) {
  const std::string& command = options.command.front();
  return command.substr(command.rfind('/') + 1);
}

Result<GivenLabels> given_labels(const RunOptions& options) {
  GivenLabels given;
  for (const std::string& label : options.labels) {
    const std::size_t equals = label.find('=');
    if (equals == std::string::npos) {
      return Error{Errc::invalid_argument, "--label: '" + label + "' is not KEY=VALUE", ""};
    }
    const std::string key = label.substr(0, equals);
    const std::string value = label.substr(equals + 1);
    TRY(check_label_key(key, "--label"));
    TRY(check_label_value(value, "--label"));
    given.labels[key] = value;
  }
  TRY(check_label_value(options.name, "--name"));
  given.name = options.name;
  // The command's own name, where it is legal; else the cgroup's name stands for it.
  if (given.name.empty() && check_label_value(command_name(options), "")) {
    given.name = command_name(options);
  }
  return given;
}

int complain_of_command(const Error& failure) {
  if (failure.code == Errc::not_found) return complain(failure, no_such_command);
  if (failure.code == Errc::forbidden) return complain(failure, not_executable);
  return complain(failure, own_failure);
}

// Becomes systemd-run, which becomes this program again, in the scope.
int ask_systemd(const RunOptions& options, const std::string& id) {
  std::string self(PATH_MAX, '\0');
  const ssize_t length = ::readlink("/proc/self/exe", self.data(), self.size());
  if (length < 0) return complain({Errc::unavailable, "cannot read /proc/self/exe", ""});
  self.resize(static_cast<std::size_t>(length));

  std::vector<std::string> again{self, "run"};
  for (const std::string& label : options.labels) again.insert(again.end(), {"--label", label});
  if (!options.name.empty()) again.insert(again.end(), {"--name", options.name});
  again.emplace_back("--");
  again.insert(again.end(), options.command.begin(), options.command.end());

  const std::string unit = "gthulhu-" + id + ".scope";
  ::setenv(scope_variable, unit.c_str(), 1);
  return complain(exec_command(scope_command(unit, again)), own_failure);
}

int become_command(const CpuHierarchy& hierarchy,
                   const std::string& unit,
                   const GivenLabels& given,
                   const std::vector<std::string>& command) {
  ::unsetenv(scope_variable);
  if (const Result<> labelled = label_own_scope(hierarchy, unit, given); !labelled) {
    return complain(labelled.error());
  }
  return complain_of_command(exec_command(command));
}

int run_here(const CpuHierarchy& hierarchy,
             const std::string& id,
             const GivenLabels& given,
             const std::vector<std::string>& command) {
  (void)sweep_leftovers(hierarchy);  // the command runs all the same; the next start sweeps again
  auto cgroup = LabelledCgroup::create(hierarchy, id, given);
  if (!cgroup) return complain(cgroup.error());
  const Result<int> exit_code = run_and_remove(std::move(*cgroup), command);
  return exit_code ? *exit_code : complain_of_command(exit_code.error());
}

}  // namespace

int run_workload(const RunOptions& options) {
  if (options.command.empty() || options.command.front().empty()) {
    return complain({Errc::invalid_argument, "a COMMAND is missing after --", ""}, wrong_flags);
  }
  const Result<GivenLabels> given = given_labels(options);
  if (!given) return complain(given.error(), wrong_flags);
  if (::geteuid() != 0) {
    return complain({Errc::forbidden, "only root can make and label a cgroup", ""});
  }
  const Result<CpuHierarchy> hierarchy = find_cpu_hierarchy();
  if (!hierarchy) return complain(hierarchy.error());
  if (const char* unit = std::getenv(scope_variable); unit != nullptr) {
    return become_command(*hierarchy, unit, *given, options.command);
  }
  SystemRandom random;
  const std::string id = new_run_id(command_name(options), random);
  if (hierarchy->systemd) return ask_systemd(options, id);
  return run_here(*hierarchy, id, *given, options.command);
}

}  // namespace gthulhu
