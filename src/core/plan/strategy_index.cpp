// SPDX-License-Identifier: Apache-2.0
#include "core/plan/strategy_index.h"

#include <algorithm>
#include <cstdlib>

namespace gthulhu {

namespace {

using ByName = std::unordered_map<std::string, std::vector<Slot>>;

void remove_from(ByName& lists, const std::string& name, Slot slot) {
  const auto list = lists.find(name);
  if (list == lists.end()) return;
  std::erase(list->second, slot);
  if (list->second.empty()) lists.erase(list);
}

void append(std::vector<Slot>& slots, const ByName& lists, const std::string& name) {
  const auto list = lists.find(name);
  if (list == lists.end()) return;
  slots.insert(slots.end(), list->second.begin(), list->second.end());
}

}  // namespace

void StrategyIndex::add(Slot strategy, const AccessPath& path) {
  switch (path.by) {
    case AccessPath::By::label_value:
      for (const std::string& value : path.names) values_[path.key][value].push_back(strategy);
      return;
    case AccessPath::By::label_key: keys_[path.key].push_back(strategy); return;
    case AccessPath::By::name_space:
      for (const std::string& name : path.names) namespaces_[name].push_back(strategy);
      return;
    case AccessPath::By::nothing: rest_.push_back(strategy); return;
  }
  std::abort();
}

void StrategyIndex::remove(Slot strategy, const AccessPath& path) {
  switch (path.by) {
    case AccessPath::By::label_value: {
      const auto values = values_.find(path.key);
      if (values == values_.end()) return;
      for (const std::string& value : path.names) remove_from(values->second, value, strategy);
      if (values->second.empty()) values_.erase(values);
      return;
    }
    case AccessPath::By::label_key: remove_from(keys_, path.key, strategy); return;
    case AccessPath::By::name_space:
      for (const std::string& name : path.names) remove_from(namespaces_, name, strategy);
      return;
    case AccessPath::By::nothing: std::erase(rest_, strategy); return;
  }
  std::abort();
}

std::vector<Slot> StrategyIndex::candidates(const Labels& labels,
                                            const Namespace& name_space) const {
  Slots found = rest_;
  append(found, namespaces_, name_space.str());
  for (const auto& [key, value] : labels) {
    append(found, keys_, key);
    if (const auto values = values_.find(key); values != values_.end()) {
      append(found, values->second, value);
    }
  }
  return found;
}

}  // namespace gthulhu
