// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "app/ports/agent_registry.h"
#include "app/ports/certificates.h"
#include "app/ports/key_store.h"
#include "app/ports/pod_tokens.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"

namespace gthulhu {

// A certificate for a decision maker, as the manager gives it to the pod that the cluster vouches
// for (design F10): the token says which pod it is, the pods that are known say on which node it
// runs.
//
// A pod has one key: the first that it shows. So who has got hold of a token but not of the key
// gets nothing.
//
// Threads: all functions from anywhere.
class Enrolment {
 public:
  // All outlive it.
  Enrolment(const Clock& clock,
            PodTokens& tokens,
            const AgentRegistry& agents,
            CertificateIssuer& issuer,
            KeyStore& keys,
            std::chrono::seconds lifetime)
      : clock_(clock),
        tokens_(tokens),
        agents_(agents),
        issuer_(issuer),
        keys_(keys),
        lifetime_(lifetime) {}

  struct Enrolled {
    NodeName node;
    IssuedCertificate certificate;
    std::string ca_pem;
  };
  // Errc::unauthenticated for a token that is not good; Errc::forbidden for a pod that is no
  // decision maker's, and for another key than the pod's; Errc::unavailable while the cluster's
  // keys are not known; errors of CertificateIssuer, and of KeyStore while a new pod's key cannot
  // be kept.
  Result<Enrolled> enrol(std::string_view token, std::string_view request_pem);

 private:
  Result<> bind(const PodUid& pod, const Digest& key, TimePoint now);

  const Clock& clock_;
  PodTokens& tokens_;
  const AgentRegistry& agents_;
  CertificateIssuer& issuer_;
  KeyStore& keys_;
  const std::chrono::seconds lifetime_;

  std::mutex order_;  // of two first keys of a pod one is the first
};

}  // namespace gthulhu
