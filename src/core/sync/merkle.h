// SPDX-License-Identifier: Apache-2.0
//
// The digest by which a manager sees whether a decision maker holds the intents it should, byte
// for byte as the Go system computes it (contract 5.6).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/digest.h"
#include "core/model/intent.h"

namespace gthulhu {

// What of an intent the digest is about, as it was sent: the numbers need not be in our bounds.
struct MerkleLeaf {
  std::string pod_name;
  std::string pod;
  std::string node;
  std::string name_space;
  std::string command;
  std::int64_t priority = 0;
  std::int64_t execution_time_ns = 0;
  Labels pod_labels;
};

MerkleLeaf merkle_leaf(const Intent& intent);

// "podName=…|podID=…|nodeID=…|k8sNamespace=…|commandRegex=…|priority=…|executionTime=…|
// podLabels=<k=v,k=v>", the pairs in bytewise order. A leaf's digest is the SHA-256 of this.
std::string merkle_leaf_text(const MerkleLeaf& leaf);

// Leaves in bytewise order of the values of that text, joined by '|'; parent = SHA-256 of both
// children's bytes, an odd last one is its own neighbour. One leaf is the root; without any it is
// the SHA-256 of nothing. The order given does not matter.
Digest merkle_root(std::span<const MerkleLeaf> leaves);
Digest merkle_root(std::span<const Intent> intents);

}  // namespace gthulhu
