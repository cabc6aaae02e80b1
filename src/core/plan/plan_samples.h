// SPDX-License-Identifier: Apache-2.0
//
// Strategies, pods and intents for the tests of this folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/model/intent.h"
#include "core/model/pod.h"
#include "core/model/strategy.h"

namespace gthulhu::samples {

inline Strategy strategy(std::string id) {
  Strategy strategy;
  strategy.id = StrategyId(std::move(id));
  return strategy;
}

inline LabelSelector selector(std::vector<LabelRequirement> requirements) {
  auto parsed = LabelSelector::parse(std::move(requirements));
  return parsed ? *parsed : LabelSelector();
}

inline Strategy selecting(std::string id, std::string key, std::string value) {
  Strategy result = strategy(std::move(id));
  result.selector = selector({simple_requirement(std::move(key), std::move(value))});
  return result;
}

inline Strategy in_namespace(std::string id, std::string name) {
  Strategy result = strategy(std::move(id));
  result.namespaces.emplace_back(std::move(name));
  return result;
}

inline CommandPattern command(std::string text) {
  auto parsed = CommandPattern::parse(std::move(text));
  return parsed ? *parsed : CommandPattern();
}

inline Strategy for_command(std::string id, std::string pattern) {
  Strategy result = strategy(std::move(id));
  result.command = command(std::move(pattern));
  return result;
}

inline Pod pod(std::string uid, std::string node, Labels labels = {}) {
  Pod result;
  result.name = "pod-" + uid;
  result.uid = PodUid(std::move(uid));
  result.name_space = Namespace("web");
  result.node = NodeName(std::move(node));
  result.labels = std::move(labels);
  return result;
}

// `id` stands for the strategy too.
inline Intent intent(std::string id, std::string pod, std::string pattern, int priority = 0) {
  Intent result;
  result.strategy = StrategyId(id);
  result.id = IntentId(std::move(id));
  result.pod = PodUid(std::move(pod));
  result.command = command(std::move(pattern));
  result.priority = Priority::clamp(priority);
  return result;
}

}  // namespace gthulhu::samples
