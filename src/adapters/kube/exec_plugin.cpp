// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/exec_plugin.h"

#include "adapters/kube/child_process.h"

namespace gthulhu {

namespace {

// So that a request that is sent now does not arrive with a credential that just expired.
constexpr std::chrono::minutes least_left{1};

}  // namespace

ExecPlugin::ExecPlugin(ExecSettings settings,
                       Environment environment,
                       const Clock& clock,
                       std::chrono::milliseconds timeout)
    : settings_(std::move(settings)),
      environment_(std::move(environment)),
      clock_(clock),
      timeout_(timeout) {}

Result<ExecCredential> ExecPlugin::credential(const ExecCluster& cluster) {
  const bool good = known_ && (!known_->expires || *known_->expires - clock_.now() > least_left);
  if (!good) {
    known_.reset();
    known_ = TRY(run(cluster));
  }
  return *known_;
}

Error ExecPlugin::missing() const {
  const bool has_path = settings_.command.find('/') != std::string::npos;
  std::string message = "the exec plugin " + settings_.command +
                        (has_path ? " cannot be started: it is missing or not executable"
                                  : " is in no folder of PATH");
  if (!settings_.install_hint.empty()) message += "; " + settings_.install_hint;
  return {Errc::unavailable, message, ""};
}

Result<ExecCredential> ExecPlugin::run(const ExecCluster& cluster) const {
  ChildCommand command{.program = settings_.command,
                       .arguments = settings_.arguments,
                       .environment = environment_,
                       .timeout = timeout_};
  if (command.program.find('/') == std::string::npos) {
    command.program = find_program(settings_.command, variable(environment_, "PATH"));
    if (command.program.empty()) return missing();
  }
  for (const auto& [name, value] : settings_.environment) {
    command.environment.insert_or_assign(name, value);
  }
  command.environment.insert_or_assign(
      "KUBERNETES_EXEC_INFO",
      exec_info(settings_.api_version,
                settings_.cluster_info ? std::optional(cluster) : std::nullopt));

  const auto outcome = run_child(command);
  const std::string plugin = "the exec plugin " + settings_.command;
  if (!outcome) {
    Error error = outcome.error();
    if (error.code == Errc::not_found) return missing();
    error.message = "an exec plugin failed: " + error.message;
    return error;
  }
  if (outcome->exit_code != 0) {
    return Error{Errc::unavailable,
                 plugin + " ended with status " + std::to_string(outcome->exit_code),
                 outcome->complaints};
  }
  auto credential = parse_exec_credential(outcome->output, settings_.api_version);
  if (credential) return credential;
  Error error = std::move(credential).error();
  error.message = plugin + " printed no credential: " + error.message;
  error.detail = outcome->complaints;
  return error;
}

}  // namespace gthulhu
