// SPDX-License-Identifier: Apache-2.0
#include "core/sync/object_versions.h"

#include <algorithm>

namespace gthulhu {

bool ObjectVersions::changed(std::string_view uid, ResourceVersion version) {
  latest_ = std::max(latest_, version);
  const auto known = held_.find(uid);
  if (known == held_.end()) {
    if (gone_.contains(uid)) return false;
    held_.emplace(uid, Held{version, list_});
    return true;
  }
  // Without a new look at the object a list that is under way would count it as gone.
  known->second.list = list_;
  if (version <= known->second.version) return false;
  known->second.version = version;
  return true;
}

bool ObjectVersions::deleted(std::string_view uid, ResourceVersion version) {
  latest_ = std::max(latest_, version);
  const auto known = held_.find(uid);
  if (known == held_.end()) {
    forget(std::string(uid));  // its beginning may still come
    return false;
  }
  held_.erase(known);
  forget(std::string(uid));
  return true;
}

void ObjectVersions::forget(const std::string& uid) {
  if (!gone_.insert(uid).second) return;
  gone_order_.push_back(uid);
  if (gone_order_.size() <= gone_max) return;
  gone_.erase(gone_order_.front());
  gone_order_.pop_front();
}

void ObjectVersions::passed(ResourceVersion version) {
  latest_ = std::max(latest_, version);
}

void ObjectVersions::begin_list(Authority authority) {
  authority_ = authority;
  ++list_;
}

bool ObjectVersions::listed(std::string_view uid, ResourceVersion version) {
  const bool is_truth = authority_ == Authority::whole_cluster;
  const auto known = held_.find(uid);
  if (known == held_.end()) {
    if (!is_truth && gone_.contains(uid)) return false;
    held_.emplace(uid, Held{version, list_});
    return true;
  }
  known->second.list = list_;
  if (version == known->second.version) return false;
  if (version < known->second.version && !is_truth) return false;
  known->second.version = version;
  return true;
}

bool ObjectVersions::is_stale(ResourceVersion list) const {
  return authority_ == Authority::one_server && list < latest_;
}

std::vector<std::string> ObjectVersions::end_list(ResourceVersion version) {
  if (is_stale(version)) return {};
  std::vector<std::string> gone;
  for (const auto& [uid, held] : held_) {
    if (held.list != list_) gone.push_back(uid);
  }
  for (const std::string& uid : gone) {
    held_.erase(uid);
    forget(uid);
  }
  latest_ = version;
  return gone;
}

ResourceVersion ObjectVersions::version_of(std::string_view uid) const {
  const auto known = held_.find(uid);
  return known == held_.end() ? 0 : known->second.version;
}

void ObjectVersions::for_each(
    const std::function<void(const std::string&, ResourceVersion)>& see) const {
  for (const auto& [uid, held] : held_) see(uid, held.version);
}

}  // namespace gthulhu
