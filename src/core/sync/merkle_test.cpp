// SPDX-License-Identifier: Apache-2.0
#include "core/sync/merkle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace gthulhu {
namespace {

// The intents of the golden values of contract 12, confirmed against the Go decision maker.
const MerkleLeaf a{"pod", "pod-id", "node-id", "default", "nginx", 1, 42, {{"a", "1"}, {"b", "2"}}};
const MerkleLeaf b{"pod-b", "id-b", "node-id", "default", "nginx", 1, 42, {}};
const MerkleLeaf c{"pod-c", "id-c", "node-id", "default", "", 0, 0, {{"x", ""}}};

std::string root_of(const std::vector<MerkleLeaf>& leaves) {
  return merkle_root(leaves).hex();
}

TEST(Merkle, the_leaf_is_the_documented_text) {
  EXPECT_EQ(merkle_leaf_text(a),
            "podName=pod|podID=pod-id|nodeID=node-id|k8sNamespace=default|commandRegex=nginx|"
            "priority=1|executionTime=42|podLabels=a=1,b=2");
  EXPECT_EQ(merkle_leaf_text(MerkleLeaf{}),
            "podName=|podID=|nodeID=|k8sNamespace=|commandRegex=|priority=0|executionTime=0|"
            "podLabels=");
}

TEST(Merkle, labels_are_sorted_as_they_are_written) {
  MerkleLeaf leaf;
  leaf.pod_labels = {{"a", "1"}, {"a-b", "2"}};
  EXPECT_TRUE(merkle_leaf_text(leaf).ends_with("podLabels=a-b=2,a=1"));
}

TEST(Merkle, no_intents_are_the_digest_of_nothing) {
  EXPECT_EQ(root_of({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Merkle, roots_are_those_of_the_go_decision_maker) {
  EXPECT_EQ(root_of({a}), "0106d5a05424ea127c35556843d17456c73057183efa089b1431110c328ad276");
  EXPECT_EQ(root_of({a, b}), "8b6fb84cfb0c9b229f1c3f8ea2262e457aa1f4d58726c4cd211e411beabb6e7e");
  EXPECT_EQ(root_of({a, b, c}), "acda6302c0cce7ecfafe29b65713ccc391333ff5ae0f452615859845dd8ab20a");
}

TEST(Merkle, the_order_of_the_intents_does_not_matter) {
  std::vector<MerkleLeaf> leaves{a, b, c};
  const std::string root = root_of(leaves);
  const auto by_name = [](const MerkleLeaf& left, const MerkleLeaf& right) {
    return left.pod_name < right.pod_name;
  };
  int orders = 0;
  do {
    EXPECT_EQ(root_of(leaves), root);
    ++orders;
  } while (std::ranges::next_permutation(leaves, by_name).found);
  EXPECT_EQ(orders, 6);
}

TEST(Merkle, every_value_counts) {
  const std::string root = root_of({a});
  std::vector<MerkleLeaf> changed(8, a);
  changed[0].pod_name = "x";
  changed[1].pod = "x";
  changed[2].node = "x";
  changed[3].name_space = "x";
  changed[4].command = "x";
  changed[5].priority = 2;
  changed[6].execution_time_ns = 43;
  changed[7].pod_labels = {{"a", "1"}};
  for (const MerkleLeaf& leaf : changed) EXPECT_NE(root_of({leaf}), root);
}

TEST(Merkle, intents_are_leaves_too) {
  Intent left;
  left.pod = PodUid("a");
  Intent right;
  right.pod = PodUid("b");
  EXPECT_EQ(merkle_root(std::vector{right}).hex(),
            "12e4a17815449cfd3e62697bce0b794f3d67a7f5ec622264b291e5f694462979");
  EXPECT_EQ(merkle_root(std::vector{right, left}).hex(),
            "d4bb51ae67a912896ba40dbe428979d244342b887606e8e91a260fb0891e0bef");
}

TEST(Merkle, an_intent_is_the_leaf_of_its_values) {
  Intent intent;
  intent.pod_name = "pod";
  intent.pod = PodUid("pod-id");
  intent.node = NodeName("node-id");
  intent.name_space = Namespace("default");
  const auto command = CommandPattern::parse("nginx");
  ASSERT_TRUE(command);
  intent.command = *command;
  intent.priority = Priority::clamp(-3);
  intent.slice = Slice::clamp(2'000'000);
  intent.pod_labels = PackedLabels(Labels{{"b", "2"}, {"a", "1"}});
  EXPECT_EQ(merkle_leaf_text(merkle_leaf(intent)),
            "podName=pod|podID=pod-id|nodeID=node-id|k8sNamespace=default|commandRegex=nginx|"
            "priority=-3|executionTime=2000000|podLabels=a=1,b=2");
}

}  // namespace
}  // namespace gthulhu
