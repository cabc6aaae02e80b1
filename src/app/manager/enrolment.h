// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "app/ports/agent_registry.h"
#include "app/ports/certificates.h"
#include "app/ports/pod_tokens.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"

namespace gthulhu {

// A certificate for a decision maker, as the manager gives it to the pod that the cluster vouches
// for (design F10): the token says which pod it is, the pods that are known say on which node it
// runs.
//
// A pod has one key: the first that it shows to this manager. So who has got hold of a token but
// not of the key gets nothing, unless he is the first after the manager was restarted.
//
// Threads: all functions from anywhere.
class Enrolment {
 public:
  // All outlive it.
  Enrolment(const Clock& clock,
            PodTokens& tokens,
            const AgentRegistry& agents,
            CertificateIssuer& issuer,
            std::chrono::seconds lifetime)
      : clock_(clock), tokens_(tokens), agents_(agents), issuer_(issuer), lifetime_(lifetime) {}

  struct Enrolled {
    NodeName node;
    IssuedCertificate certificate;
    std::string ca_pem;
  };
  // Errc::unauthenticated for a token that is not good; Errc::forbidden for a pod that is no
  // decision maker's, and for another key than the pod's; Errc::unavailable while the cluster's
  // keys are not known; errors of CertificateIssuer.
  Result<Enrolled> enrol(std::string_view token, std::string_view request_pem);

 private:
  Result<> bind(const PodUid& pod, const Digest& key);

  const Clock& clock_;
  PodTokens& tokens_;
  const AgentRegistry& agents_;
  CertificateIssuer& issuer_;
  const std::chrono::seconds lifetime_;

  std::mutex mutex_;  // guards keys_
  std::map<PodUid, Digest> keys_;
};

}  // namespace gthulhu
