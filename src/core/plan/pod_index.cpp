// SPDX-License-Identifier: Apache-2.0
#include "core/plan/pod_index.h"

#include <algorithm>
#include <cstdlib>

#include "base/check.h"

namespace gthulhu {

namespace {

void insert(std::vector<Slot>& slots, Slot slot) {
  slots.insert(std::ranges::lower_bound(slots, slot), slot);
}

void erase(std::vector<Slot>& slots, Slot slot) {
  const auto found = std::ranges::lower_bound(slots, slot);
  CHECK(found != slots.end() && *found == slot);
  slots.erase(found);
}

void erase(std::unordered_map<std::string, std::vector<Slot>>& lists,
           const std::string& name,
           Slot slot) {
  const auto list = lists.find(name);
  CHECK(list != lists.end());
  erase(list->second, slot);
  if (list->second.empty()) lists.erase(list);
}

// Calls `take` with each list of one of these names.
void for_each_of(const std::unordered_map<std::string, std::vector<Slot>>& lists,
                 const std::vector<std::string>& names,
                 const auto& take) {
  for (const std::string& name : names) {
    if (const auto list = lists.find(name); list != lists.end()) take(list->second);
  }
}

}  // namespace

void PodIndex::add(Slot pod, const Labels& labels, const Namespace& name_space) {
  insert(all_, pod);
  insert(namespaces_[name_space.str()], pod);
  for (const auto& [name, value] : labels) {
    Key& key = keys_[name];
    ++key.pods;
    insert(key.values[value], pod);
  }
}

void PodIndex::remove(Slot pod, const Labels& labels, const Namespace& name_space) {
  erase(all_, pod);
  erase(namespaces_, name_space.str(), pod);
  for (const auto& [name, value] : labels) {
    const auto key = keys_.find(name);
    CHECK(key != keys_.end());
    erase(key->second.values, value, pod);
    if (--key->second.pods == 0) keys_.erase(key);
  }
}

std::vector<Slot> PodIndex::pods(const AccessPath& path) const {
  if (path.by == AccessPath::By::nothing) return all_;
  Slots found;
  found.reserve(count(path));
  const auto take = [&](const Slots& slots) {
    found.insert(found.end(), slots.begin(), slots.end());
  };
  if (path.by == AccessPath::By::name_space) {
    for_each_of(namespaces_, path.names, take);
    return found;
  }
  const auto key = keys_.find(path.key);
  if (key == keys_.end()) return found;
  if (path.by == AccessPath::By::label_value) {
    for_each_of(key->second.values, path.names, take);
  } else {
    for (const auto& [value, slots] : key->second.values) take(slots);
  }
  return found;
}

std::size_t PodIndex::count(const AccessPath& path) const {
  std::size_t sum = 0;
  const auto add_size = [&](const Slots& slots) { sum += slots.size(); };
  const auto key = keys_.find(path.key);
  switch (path.by) {
    case AccessPath::By::nothing: return all_.size();
    case AccessPath::By::name_space: for_each_of(namespaces_, path.names, add_size); return sum;
    case AccessPath::By::label_key: return key == keys_.end() ? 0 : key->second.pods;
    case AccessPath::By::label_value:
      if (key != keys_.end()) for_each_of(key->second.values, path.names, add_size);
      return sum;
  }
  std::abort();
}

}  // namespace gthulhu
