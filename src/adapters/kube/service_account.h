// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "adapters/kube/api_access.h"
#include "base/clock.h"
#include "base/environment.h"

namespace gthulhu {

inline constexpr const char* service_account_directory =
    "/var/run/secrets/kubernetes.io/serviceaccount";

// For a program in a pod: what the kubelet puts into each one, the variables
// KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, and the files token and ca.crt. Both are
// looked at here already. `environment` has the proxy's variables too; `clock` must live as long
// as the result.
// Errc::not_found with the variable or file that is missing, Errc::invalid_argument for variables
// that are no address.
Result<std::unique_ptr<ApiAccess>> open_service_account(
    const Clock& clock,
    const Environment& environment,
    const std::string& directory = service_account_directory);

}  // namespace gthulhu
