// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "core/model/pod.h"

namespace gthulhu {

// The public half of a key that signs or has signed tokens.
struct VerificationKey {
  std::string id;  // RFC 7638 thumbprint
  std::string public_pem;
  std::optional<TimePoint> retired;  // when another key began to sign; nothing: it signs now

  bool operator==(const VerificationKey&) const = default;
};

// By which a decision maker's pod is known (Enrolment).
struct PodKey {
  Digest key;
  TimePoint shown;  // about when the pod last showed it

  bool operator==(const PodKey&) const = default;
};

// Private keys that the program made for itself, as PEM by name ("manager", "decisionmaker"), and
// the public halves of all keys whose tokens may still be good, and those of pods. A function that
// returns success has its change on disk. Threads: all functions from anywhere.
class KeyStore {
 public:
  virtual ~KeyStore() = default;

  virtual Result<std::optional<std::string>> key(const std::string& name) = 0;
  virtual Result<> put_key(const std::string& name, const std::string& pem) = 0;

  virtual Result<std::vector<VerificationKey>> verification_keys() = 0;  // by id
  // Adds it or replaces the one with its id.
  virtual Result<> put_verification_key(const VerificationKey& key) = 0;
  // Nothing to erase is a success.
  virtual Result<> erase_verification_key(const std::string& id) = 0;

  virtual Result<std::optional<PodKey>> pod_key(const PodUid& pod) = 0;
  // Adds it or replaces the pod's.
  virtual Result<> put_pod_key(const PodUid& pod, const PodKey& key) = 0;
  // Those that were last shown before that.
  virtual Result<> erase_pod_keys(TimePoint shown_before) = 0;
};

}  // namespace gthulhu
