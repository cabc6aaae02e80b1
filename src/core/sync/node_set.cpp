// SPDX-License-Identifier: Apache-2.0
#include "core/sync/node_set.h"

#include <algorithm>
#include <concepts>
#include <set>
#include <string_view>
#include <utility>

#include "core/plan/intent_of.h"

namespace gthulhu {

namespace {

NodeStrategy strategy_of(const Intent& intent) {
  return {.id = intent.strategy,
          .command = intent.command,
          .priority = intent.priority,
          .slice = intent.slice,
          .rank = intent.rank,
          .container = intent.container,
          .expires = intent.expires,
          .clamped = intent.clamped};
}

bool comes_before(const Container& left, const Container& right) {
  return std::pair(left.name, left.id) < std::pair(right.name, right.id);
}

// Each once, sorted.
void add_containers(NodePod& pod, const Intent& intent) {
  for (const std::string& id : intent.container_ids) {
    const Container container{intent.container, id};
    const auto place = std::ranges::lower_bound(pod.containers, container, comes_before);
    if (place == pod.containers.end() || *place != container) {
      pod.containers.insert(place, container);
    }
  }
}

// What the planner would have made of the strategy for the pod.
Intent planned(const NodePod& pod, const NodeStrategy& strategy, const NodeName& node) {
  Strategy whole;
  whole.id = strategy.id;
  whole.command = strategy.command;
  whole.priority = strategy.priority;
  whole.slice = strategy.slice;
  whole.rank = strategy.rank;
  whole.container = strategy.container;
  whole.expires = strategy.expires;
  whole.clamped = strategy.clamped;
  return intent_of(whole, Pod{.uid = pod.uid,
                              .name = pod.name,
                              .name_space = pod.name_space,
                              .node = node,
                              .labels = pod.labels,
                              .containers = pod.containers,
                              .cgroup_path = {}});
}

// Texts with their length in front, so that no two sets have one text.
class CanonicalText {
 public:
  void add(std::string_view text) {
    text_ += std::to_string(text.size());
    text_ += ':';
    text_ += text;
  }
  void add_number(std::integral auto number) { add(std::to_string(number)); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void add_strategy(CanonicalText& text, const NodeStrategy& strategy) {
  text.add(strategy.id.str());
  text.add(strategy.command.text());
  text.add(name(strategy.command.match()));
  text.add_number(strategy.priority.value());
  text.add_number(strategy.slice.length().count());
  text.add_number(strategy.rank);
  text.add(strategy.container);
  text.add_number(strategy.expires ? strategy.expires->time_since_epoch().count() : 0);
  text.add(strategy.clamped ? "true" : "false");
}

// One label or container in JSON besides its texts: quotes, colon, comma.
constexpr std::size_t item_bytes = 6;
// One intent besides what is counted: names of members, ids, numbers, the node's name.
constexpr std::size_t intent_bytes = 768;

std::size_t bytes_for(const NodePod& pod, const NodeStrategy& strategy) {
  std::size_t bytes = strategy.command.text().size() + strategy.container.size();
  for (const Container& container : pod.containers) {
    if (container.name == strategy.container) bytes += container.id.size() + item_bytes;
  }
  return bytes;
}

std::size_t count_intents(const NodeSet& set) {
  std::size_t intents = 0;
  for (const auto& [uid, pod] : set.pods) intents += pod.strategies.size();
  return intents;
}

Result<> check_size(const NodeSet& set) {
  const std::size_t intents = count_intents(set);
  if (intents > node_intents_max) {
    return Error{Errc::invalid_argument,
                 "pods must make at most " + std::to_string(node_intents_max) +
                     " intents, one for each strategy of each, not " + std::to_string(intents) +
                     "; let fewer strategies select this node's pods",
                 "", "pods"};
  }
  const std::size_t bytes = stored_bytes(set);
  if (bytes <= node_intents_bytes_max) return {};
  return Error{Errc::invalid_argument,
               "pods must take at most " + std::to_string(node_intents_bytes_max) +
                   " bytes as intents, each with its pod's labels, not " + std::to_string(bytes) +
                   "; let fewer strategies select this node's pods, or give these shorter labels",
               "", "pods"};
}

// Strategies that no pod has any more.
void drop_unused(NodeSet& set) {
  std::set<StrategyId> used;
  for (const auto& [uid, pod] : set.pods) used.insert(pod.strategies.begin(), pod.strategies.end());
  std::erase_if(set.strategies, [&](const auto& entry) { return !used.contains(entry.first); });
}

}  // namespace

NodeSet node_set(const NodeIntents& intents) {
  NodeSet set;
  set.generation = intents.generation;
  for (const Intent& intent : intents.intents) {
    set.strategies.try_emplace(intent.strategy, strategy_of(intent));
    NodePod& pod = set.pods[intent.pod];
    pod.uid = intent.pod;
    pod.name = intent.pod_name;
    pod.name_space = intent.name_space;
    if (pod.labels.empty()) pod.labels = intent.pod_labels->unpack();
    pod.strategies.push_back(intent.strategy);
    add_containers(pod, intent);
  }
  return set;
}

std::vector<Intent> intents_of(const NodeSet& set, const NodeName& node) {
  std::vector<Intent> intents;
  for (const auto& [uid, pod] : set.pods) {
    for (const StrategyId& id : pod.strategies) {
      intents.push_back(planned(pod, set.strategies.at(id), node));
    }
  }
  return intents;
}

std::size_t stored_bytes(const NodeSet& set) {
  std::size_t bytes = 0;
  for (const auto& [uid, pod] : set.pods) {
    std::size_t of_each = intent_bytes + uid.str().size() + pod.name.size();
    of_each += pod.name_space.str().size();
    for (const auto& [key, value] : pod.labels) of_each += key.size() + value.size() + item_bytes;
    for (const StrategyId& id : pod.strategies) {
      bytes += of_each + bytes_for(pod, set.strategies.at(id));
    }
  }
  return bytes;
}

Digest digest_of(const NodeSet& set) {
  CanonicalText text;
  for (const auto& [uid, pod] : set.pods) {
    text.add(uid.str());
    text.add(pod.name);
    text.add(pod.name_space.str());
    text.add_number(pod.labels.size());
    for (const auto& [key, value] : pod.labels) {
      text.add(key);
      text.add(value);
    }
    text.add_number(pod.containers.size());
    for (const Container& container : pod.containers) {
      text.add(container.name);
      text.add(container.id);
    }
    text.add_number(pod.strategies.size());
    for (const StrategyId& id : pod.strategies) add_strategy(text, set.strategies.at(id));
  }
  return sha256(text.text());
}

NodeDifference difference(const NodeSet& from, const NodeSet& to) {
  NodeDifference change{.from = from.generation, .generation = to.generation};
  for (const auto& [id, strategy] : to.strategies) {
    const auto known = from.strategies.find(id);
    if (known == from.strategies.end() || known->second != strategy) {
      change.strategies.push_back(strategy);
    }
  }
  for (const auto& [uid, pod] : to.pods) {
    const auto known = from.pods.find(uid);
    if (known == from.pods.end() || known->second != pod) change.pods.push_back(pod);
  }
  for (const auto& [uid, pod] : from.pods) {
    if (!to.pods.contains(uid)) change.gone_pods.push_back(uid);
  }
  return change;
}

Result<NodeSet> apply(NodeSet set, const NodeDifference& change) {
  if (change.from != set.generation) {
    return Error{Errc::conflict,
                 "the node holds generation " + std::to_string(set.generation) + ", not " +
                     std::to_string(change.from),
                 ""};
  }
  if (change.generation <= change.from) {
    return Error{Errc::invalid_argument, "generation must be later than from", "", "generation"};
  }
  set.generation = change.generation;
  for (const PodUid& uid : change.gone_pods) set.pods.erase(uid);
  for (const NodeStrategy& strategy : change.strategies) {
    set.strategies.insert_or_assign(strategy.id, strategy);
  }
  for (const NodePod& pod : change.pods) {
    for (const StrategyId& id : pod.strategies) {
      if (set.strategies.contains(id)) continue;
      return Error{Errc::invalid_argument,
                   "pods must have strategies that are known, not " + id.str(), "", "pods"};
    }
    set.pods.insert_or_assign(pod.uid, pod);
  }
  drop_unused(set);
  TRY(check_size(set));
  return set;
}

}  // namespace gthulhu
