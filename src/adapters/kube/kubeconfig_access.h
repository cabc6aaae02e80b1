// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "adapters/kube/api_access.h"
#include "adapters/kube/kubeconfig.h"
#include "base/clock.h"
#include "base/environment.h"

namespace gthulhu {

// The kubeconfig is read once, here; what it points at, when it is needed. `environment` has the
// proxy's variables and is what an exec plugin runs with; `clock` must live as long as the result.
// Errors of read_kubeconfig(), and of proxy_for().
Result<std::unique_ptr<ApiAccess>> open_kubeconfig(const KubeconfigChoice& choice,
                                                   const Clock& clock,
                                                   Environment environment);

}  // namespace gthulhu
