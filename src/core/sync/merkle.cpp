// SPDX-License-Identifier: Apache-2.0
#include "core/sync/merkle.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"

namespace gthulhu {

namespace {

using Values = std::array<std::string, 8>;

// Pairs are sorted as they are written: "a-b=1" comes before "a=1".
std::string label_pairs(const Labels& labels) {
  std::vector<std::string> pairs;
  pairs.reserve(labels.size());
  for (const auto& [key, value] : labels) pairs.push_back(key + '=' + value);
  std::ranges::sort(pairs);
  return join(pairs, ",");
}

Values values_of(const MerkleLeaf& leaf) {
  return {leaf.pod_name,
          leaf.pod,
          leaf.node,
          leaf.name_space,
          leaf.command,
          std::to_string(leaf.priority),
          std::to_string(leaf.execution_time_ns),
          label_pairs(leaf.pod_labels)};
}

std::string text_of(const Values& values) {
  constexpr std::array<std::string_view, 8> names{
      "podName=",      "podID=",    "nodeID=",        "k8sNamespace=",
      "commandRegex=", "priority=", "executionTime=", "podLabels="};
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += '|';
    text += names.at(i);
    text += values.at(i);
  }
  return text;
}

std::vector<Digest> sorted_digests(std::span<const MerkleLeaf> leaves) {
  std::vector<std::pair<std::string, Digest>> digests;
  digests.reserve(leaves.size());
  for (const MerkleLeaf& leaf : leaves) {
    const Values values = values_of(leaf);
    digests.emplace_back(join(values, "|"), sha256(text_of(values)));
  }
  std::ranges::sort(digests);
  std::vector<Digest> sorted;
  sorted.reserve(digests.size());
  for (const auto& [key, digest] : digests) sorted.push_back(digest);
  return sorted;
}

}  // namespace

MerkleLeaf merkle_leaf(const Intent& intent) {
  return {.pod_name = intent.pod_name,
          .pod = intent.pod.str(),
          .node = intent.node.str(),
          .name_space = intent.name_space.str(),
          .command = intent.command.text(),
          .priority = intent.sent ? intent.sent->priority : intent.priority.value(),
          .execution_time_ns =
              intent.sent ? intent.sent->execution_time_ns : intent.slice.length().count(),
          .pod_labels = intent.pod_labels->unpack()};
}

std::string merkle_leaf_text(const MerkleLeaf& leaf) {
  return text_of(values_of(leaf));
}

Digest merkle_root(std::span<const MerkleLeaf> leaves) {
  std::vector<Digest> level = sorted_digests(leaves);
  if (level.empty()) return sha256("");
  while (level.size() > 1) {
    std::vector<Digest> parents;
    parents.reserve((level.size() + 1) / 2);
    for (std::size_t i = 0; i < level.size(); i += 2) {
      const Digest& right = i + 1 < level.size() ? level[i + 1] : level[i];
      parents.push_back(sha256_of_pair(level[i], right));
    }
    level = std::move(parents);
  }
  return level.front();
}

Digest merkle_root(std::span<const Intent> intents) {
  std::vector<MerkleLeaf> leaves;
  leaves.reserve(intents.size());
  for (const Intent& intent : intents) leaves.push_back(merkle_leaf(intent));
  return merkle_root(leaves);
}

}  // namespace gthulhu
