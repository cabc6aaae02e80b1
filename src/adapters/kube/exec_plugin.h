// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "adapters/kube/exec_credential.h"
#include "adapters/kube/kubeconfig.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/result.h"

namespace gthulhu {

// A program that prints a credential, which is remembered while it is good. Threads: one at a time.
class ExecPlugin {
 public:
  // `environment` is what the program gets besides what the settings add; its PATH says where a
  // command without '/' is.
  ExecPlugin(ExecSettings settings,
             Environment environment,
             const Clock& clock,
             std::chrono::milliseconds timeout = std::chrono::seconds{60});

  // Runs the program when there is no credential, or it expires within a minute. `cluster` is what
  // the program is told if it wants to be.
  // Errc::unavailable when it cannot be started or fails, Errc::timeout, Errc::too_large,
  // Errc::corrupt when what it prints is no credential.
  Result<ExecCredential> credential(const ExecCluster& cluster);

  // The credential is no longer good: the program runs before the next one.
  void forget() { known_.reset(); }

  // Whether the program is to be told the cluster.
  [[nodiscard]] bool wants_cluster() const { return settings_.cluster_info; }

 private:
  [[nodiscard]] Result<ExecCredential> run(const ExecCluster& cluster) const;
  [[nodiscard]] Error missing() const;

  ExecSettings settings_;
  Environment environment_;
  const Clock& clock_;
  std::chrono::milliseconds timeout_;
  std::optional<ExecCredential> known_;
};

}  // namespace gthulhu
