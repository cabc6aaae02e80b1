// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/workload.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "adapters/cgroupfs/container_name.h"
#include "adapters/cgroupfs/labelled_cgroup.h"
#include "base/digest.h"
#include "base/text.h"
#include "core/match/cgroup_path.h"
#include "core/match/label_selector.h"

namespace gthulhu {

namespace {

using Entry = CgroupDirectories::const_iterator;

std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string_view parent_of(std::string_view path) {
  return path.substr(0, path.rfind('/'));
}

bool is_unit(std::string_view name) {
  return name.ends_with(".service") || name.ends_with(".scope");
}

bool is_slice(std::string_view name) {
  return name.ends_with(".slice");
}

std::optional<ContainerName> container_at(std::string_view path) {
  return container_name(last_part(parent_of(path)), last_part(path));
}

std::optional<ContainerName> nearest_container(std::string_view path) {
  for (; !path.empty(); path = parent_of(path)) {
    if (auto container = container_at(path)) return container;
  }
  return std::nullopt;
}

// A name goes into JSON and onto terminals; users may call the cgroups delegated to them anything.
bool is_printable(std::string_view path) {
  return std::ranges::all_of(path, [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Whether this directory only exists to hold workloads, also while it is empty.
bool is_only_a_parent(std::string_view path) {
  constexpr std::array<std::string_view, 3> parents{"/docker", "/lxc", "/lxc.payload"};
  return is_slice(last_part(path)) || std::ranges::find(parents, path) != parents.end() ||
         (std::string(path) + '/').find("/kubepods/") != std::string::npos ||
         // One below it without labels was made by a `gthulhu run` that is just about to write
         // them.
         is_at_or_below(path, runs_directory);
}

// What nothing above hides: the pods of a Kubernetes node that runs in a container, too.
bool is_named(const CgroupDirectories::value_type& entry) {
  return entry.second.given || parse_cgroup_path(entry.first);
}

// Whether anything below asks to be looked at for itself, as the units of a user's systemd do.
bool holds_others(Entry begin, Entry end) {
  return std::any_of(std::next(begin), end, [](const auto& entry) {
    const std::string_view name = last_part(entry.first);
    return is_named(entry) || is_unit(name) || is_slice(name) || container_at(entry.first);
  });
}

bool is_workload(Entry begin, Entry end) {
  const std::string& path = begin->first;
  if (is_named(*begin)) return true;
  if (!is_printable(path)) return false;
  if (container_at(path)) return std::none_of(std::next(begin), end, is_named);
  if (is_unit(last_part(path))) return !holds_others(begin, end);
  return std::next(begin) == end && !is_only_a_parent(path);
}

// The form of RFC 9562, version 8: the same directory has the same UID, a later one of the same
// name another.
PodUid uid_of(const std::string& path, std::uint64_t inode) {
  Digest digest = sha256(path + '\n' + std::to_string(inode));
  digest.bytes[6] = (digest.bytes[6] & std::byte{0x0f}) | std::byte{0x80};
  digest.bytes[8] = (digest.bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  std::string text = to_hex(std::span(digest.bytes).first(16));
  for (const std::size_t position : {20U, 16U, 12U, 8U}) text.insert(position, 1, '-');
  return PodUid(text);
}

void add_label(Labels& labels, const std::string& key, std::string_view value) {
  if (!value.empty() && check_label_value(value, "")) labels.emplace(key, value);
}

Labels labels_of(const std::string& path, const CgroupDirectory& directory) {
  Labels labels = directory.given ? directory.given->labels : Labels{};
  if (is_unit(last_part(path))) add_label(labels, "systemd.unit", last_part(path));
  for (std::string_view above = parent_of(path); !above.empty(); above = parent_of(above)) {
    if (!is_slice(last_part(above))) continue;
    add_label(labels, "systemd.slice", last_part(above));
    break;
  }
  if (const auto container = container_at(path)) {
    add_label(labels, "container.runtime", container->runtime);
    // An id of 64 digits is one too long for a label; the runtimes show the first twelve as well.
    const bool is_hash = container->id.size() == 64;
    add_label(labels, "container.id", is_hash ? container->id.substr(0, 12) : container->id);
  }
  return labels;
}

std::string name_of(const std::string& path, const CgroupDirectory& directory) {
  if (directory.given && !directory.given->name.empty()) return directory.given->name;
  if (const auto container = container_at(path)) return container->id;
  return std::string(last_part(path));
}

std::string_view top_name(std::string_view path) {
  std::string_view top = path.substr(1, path.find('/', 1) - 1);
  if (is_slice(top)) top.remove_suffix(std::string_view(".slice").size());
  return top;
}

Workload workload_at(Entry begin, Entry end, const NodeName& node) {
  const auto& [path, directory] = *begin;
  const auto origin = parse_cgroup_path(path);
  const bool is_kubernetes = origin && !directory.given;
  Workload workload;
  workload.pod.uid = is_kubernetes ? origin->pod : uid_of(path, directory.inode);
  workload.pod.name = is_kubernetes ? origin->pod.str() : name_of(path, directory);
  workload.pod.name_space = Namespace(std::string(top_name(path)));
  workload.pod.node = node;
  workload.pod.labels = labels_of(path, directory);
  workload.pod.cgroup_path = path;
  if (const auto container = container_at(path); container && !is_kubernetes) {
    workload.pod.containers = {{workload.pod.name, container->id}};
  }
  for (Entry entry = begin; entry != end; ++entry) {
    std::string container;
    if (const auto inner = parse_cgroup_path(entry->first)) container = inner->container;
    if (container.empty()) {
      if (const auto named = nearest_container(entry->first)) container = named->id;
    }
    workload.directories.push_back({entry->first, std::move(container), entry->second.inode});
  }
  return workload;
}

}  // namespace

bool ParentFirst::operator()(std::string_view a, std::string_view b) const {
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
  return std::ranges::lexicographical_compare(a, b, {}, rank, rank);
}

bool is_at_or_below(std::string_view path, std::string_view ancestor) {
  return path.starts_with(ancestor) &&
         (path.size() == ancestor.size() || path[ancestor.size()] == '/');
}

std::map<PodUid, Workload> workloads_of(const CgroupDirectories& directories,
                                        const NodeName& node) {
  std::map<PodUid, Workload> workloads;
  for (Entry begin = directories.begin(); begin != directories.end();) {
    const Entry end = std::find_if(std::next(begin), directories.end(), [&](const auto& entry) {
      return !is_at_or_below(entry.first, begin->first);
    });
    if (begin->first.empty() || !is_workload(begin, end)) {
      ++begin;
      continue;
    }
    Workload found = workload_at(begin, end, node);
    const auto [known, is_new] = workloads.try_emplace(found.pod.uid, found);
    // A pod may have directories in more than one place, as with a runtime in a cgroup of its own.
    if (!is_new)
      std::ranges::move(found.directories, std::back_inserter(known->second.directories));
    begin = end;
  }
  return workloads;
}

}  // namespace gthulhu
