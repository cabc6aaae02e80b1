// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "core/model/pod.h"

namespace gthulhu {

// The keys with which a cluster signs the tokens of service accounts, and how it calls itself in
// them.
struct ClusterKeySet {
  std::string issuer;
  std::string jwks;  // RFC 7517
};

// Threads: all functions from anywhere.
class ClusterKeys {
 public:
  virtual ~ClusterKeys() = default;
  // Asks the cluster. Errc::unavailable and others when it does not say.
  virtual Result<ClusterKeySet> fetch() = 0;
};

// Whose token of a service account it is.
struct PodIdentity {
  PodUid pod;  // the uid of the object
  std::string pod_name;
  Namespace name_space;
  std::string service_account;
};

// Checks tokens that the kubelet projects into pods. Threads: all functions from anywhere.
class PodTokens {
 public:
  virtual ~PodTokens() = default;

  // Errc::unauthenticated for whatever is wrong with it; only `detail` says what.
  // Errc::unavailable when the cluster's keys cannot be had.
  virtual Result<PodIdentity> check(std::string_view token, TimePoint now) = 0;
};

}  // namespace gthulhu
