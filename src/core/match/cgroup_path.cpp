// SPDX-License-Identifier: Apache-2.0
#include "core/match/cgroup_path.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "base/text.h"

namespace gthulhu {

namespace {

constexpr std::size_t uid_length = 36;
constexpr std::size_t static_uid_length = 32;
constexpr std::size_t container_id_length = 64;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_uid(std::string_view text) {
  if (text.size() != uid_length) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_separator = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_separator ? text[i] != '-' && text[i] != '_' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_static_uid(std::string_view text) {
  return text.size() == static_uid_length && std::ranges::all_of(text, is_hex);
}

// An element without ":<runtime>:<id>".
std::string_view without_runtime(std::string_view element) {
  return element.substr(0, element.find(':'));
}

// The UID in an element that is named as kubelet names a pod's cgroup; empty for others.
std::string_view uid_in_pod_name(std::string_view element) {
  constexpr std::string_view slice = ".slice";
  std::string_view name = without_runtime(element);
  const bool is_slice = name.ends_with(slice);
  if (is_slice) {
    name.remove_suffix(slice.size());
    name.remove_prefix(std::min(name.rfind("-pod") + 1, name.size()));
  }
  if (!name.starts_with("pod")) return {};
  name.remove_prefix(3);
  return is_uid(name) || is_static_uid(name) ? name : std::string_view();
}

// The first UID behind any "pod" of an element; empty when there is none.
std::string_view uid_anywhere(std::string_view element) {
  for (auto at = element.find("pod"); at != std::string_view::npos;
       at = element.find("pod", at + 1)) {
    const std::string_view uid = element.substr(at + 3, uid_length);
    if (is_uid(uid)) return uid;
  }
  return {};
}

// In the order of the Go agent, which takes the first of several UIDs in one element.
std::string_view uid_of(std::string_view element, bool is_kubernetes) {
  const std::string_view uid = is_kubernetes ? uid_anywhere(element) : std::string_view();
  return uid.empty() ? uid_in_pod_name(element) : uid;
}

bool is_container_id(std::string_view text) {
  return text.size() == container_id_length && std::ranges::all_of(text, is_hex);
}

// "…:<runtime>:<id>", the form of runc's systemd paths when the runtime uses cgroupfs.
std::string_view container_in_pod_name(std::string_view element) {
  const auto runtime = element.find(':');
  const auto id = element.rfind(':');
  if (runtime == id || element.substr(runtime + 1, id - runtime - 1) == "crio-conmon") return {};
  return element.substr(id + 1);
}

std::string_view container_in_name(std::string_view element) {
  constexpr std::array<std::string_view, 3> runtimes{"cri-containerd-", "crio-", "docker-"};
  constexpr std::string_view scope = ".scope";
  if (is_container_id(element)) return element;
  // Watches over its container from outside, in the same pod.
  if (element.starts_with("crio-conmon-")) return {};
  const bool is_scope = element.ends_with(scope);
  if (is_scope) element.remove_suffix(scope.size());
  for (const std::string_view runtime : runtimes) {
    if (!element.starts_with(runtime)) continue;
    element.remove_prefix(runtime.size());
    // Without ".scope" only a real id is one: a container may have directories of its own.
    return is_scope || is_container_id(element) ? element : std::string_view();
  }
  return {};
}

// Of the pod whose element is the first of these.
std::string_view container_in(std::span<const std::string_view> elements) {
  const std::string_view in_pod = container_in_pod_name(elements.front());
  if (!in_pod.empty()) return in_pod;
  for (const std::string_view element : elements.subspan(1)) {
    const std::string_view id = container_in_name(element);
    if (!id.empty()) return id;
  }
  return {};
}

}  // namespace

std::optional<PodOrigin> parse_cgroup_line(std::string_view line) {
  const auto controllers = line.find(':');
  if (controllers == std::string_view::npos) return std::nullopt;
  const auto path = line.find(':', controllers + 1);
  if (path == std::string_view::npos) return std::nullopt;
  line.remove_prefix(path + 1);
  if (line.ends_with('\n')) line.remove_suffix(1);
  return parse_cgroup_path(line);
}

std::optional<PodOrigin> parse_cgroup_path(std::string_view path) {
  constexpr std::string_view deleted =
      " (deleted)";  // proc_cgroup_show() in kernel/cgroup/cgroup.c
  if (path.ends_with(deleted)) path.remove_suffix(deleted.size());
  const bool is_kubernetes = path.find("kubepods") != std::string_view::npos;
  const std::vector<std::string_view> elements = split(path, '/');
  for (std::size_t i = elements.size(); i > 0; --i) {
    const std::string_view uid = uid_of(elements[i - 1], is_kubernetes);
    if (uid.empty()) continue;
    std::string dashed(uid);
    std::ranges::replace(dashed, '_', '-');
    return PodOrigin{PodUid(std::move(dashed)),
                     std::string(container_in(std::span(elements).subspan(i - 1)))};
  }
  return std::nullopt;
}

}  // namespace gthulhu
