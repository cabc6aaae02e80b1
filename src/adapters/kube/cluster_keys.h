// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/kube/api_access.h"
#include "app/ports/pod_tokens.h"

namespace gthulhu {

// The keys that an API server publishes at /openid/v1/jwks; every service account may read them
// (ClusterRole system:service-account-issuer-discovery).
class KubeClusterKeys : public ClusterKeys {
 public:
  // `access` outlives it.
  explicit KubeClusterKeys(ApiAccess& access) : access_(access) {}

  Result<ClusterKeySet> fetch() override;

 private:
  ApiAccess& access_;
};

}  // namespace gthulhu
