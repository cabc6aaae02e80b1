// SPDX-License-Identifier: Apache-2.0
//
// Lines of /proc/PID/cgroup and paths, against what core/match/cgroup_path.h promises.
#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "core/match/cgroup_path.h"
#include "tests/fuzz/fuzz_target.h"

namespace gthulhu::fuzz {

namespace {

bool is_hex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

// In the form that Kubernetes has, or the hash of a static pod's manifest.
bool is_legal_uid(std::string_view uid) {
  if (uid.size() == 32) return std::ranges::all_of(uid, is_hex);
  if (uid.size() != 36) return false;
  for (std::size_t i = 0; i < uid.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? uid[i] != '-' : !is_hex(uid[i])) return false;
  }
  return true;
}

// A UID with either separator at the beginning of `text`, with dashes; empty when there is none.
std::string leading_uid(std::string_view text) {
  std::string uid(text.substr(0, 36));
  std::ranges::replace(uid, '_', '-');
  return uid.size() == 36 && is_legal_uid(uid) ? uid : std::string();
}

bool has_static_name(std::string_view path) {
  for (auto at = path.find("pod"); at != std::string_view::npos; at = path.find("pod", at + 1)) {
    const std::string_view hash = path.substr(at + 3, 32);
    if (hash.size() == 32 && std::ranges::all_of(hash, is_hex)) return true;
  }
  return false;
}

// What the Go agent takes for the pod of a path in a line (docs/contract.md 6.1): of the last
// element with one, the first UID behind a "pod". It looks no further than the next colon.
std::string pod_by_go_agent(std::string_view path) {
  std::string pod;
  if (path.find("kubepods") == std::string_view::npos) return pod;
  for (const std::string_view element : split(path, '/')) {
    for (auto at = element.find("pod"); at != std::string_view::npos;
         at = element.find("pod", at + 1)) {
      std::string uid = leading_uid(element.substr(at + 3));
      if (uid.empty()) continue;
      pod = std::move(uid);
      break;
    }
  }
  return pod;
}

void check_origin(const std::optional<PodOrigin>& origin, std::string_view text) {
  if (!origin) return;
  CHECK(is_legal_uid(origin->pod.str()));
  CHECK(text.find(origin->container) != std::string_view::npos);
  CHECK(origin->container.find('/') == std::string::npos);
}

void check_path(std::string_view text) {
  const std::string path(text);
  const auto origin = parse_cgroup_path(path);
  check_origin(origin, path);

  // A line of either version is about its path.
  if (!path.ends_with('\n')) {
    CHECK(parse_cgroup_line("0::" + path) == origin);
    CHECK(parse_cgroup_line("4:cpu,cpuacct:" + path) == origin);
    CHECK(parse_cgroup_line("1:name=systemd:" + path + "\n") == origin);
  }
  // Whatever comes before does not count.
  if (path.starts_with('/')) {
    CHECK(parse_cgroup_path("/machine.slice/lxc.payload.x" + path) == origin);
    CHECK(parse_cgroup_path("/.." + path) == origin);
  }
  // Neither does what a container makes below itself, nor that its cgroup was removed.
  if (!path.ends_with(" (deleted)")) {
    CHECK(parse_cgroup_path(path + "/") == origin);
    CHECK(parse_cgroup_path(path + "/init") == origin);
    CHECK(parse_cgroup_path(path + "/init (deleted)") == origin);
    CHECK(parse_cgroup_path(path + " (deleted)") == origin);
  }
  // What the Go agent recognises is recognised as the same.
  const std::string go = pod_by_go_agent(path);
  if (go.empty() || path.find(':') != std::string::npos) return;
  CHECK(origin.has_value());
  if (!has_static_name(path)) CHECK(origin->pod.str() == go);
}

}  // namespace

void try_input(std::string_view input) {
  const auto of_line = parse_cgroup_line(input);
  check_origin(of_line, input);
  if (!input.ends_with('\n')) {
    CHECK(parse_cgroup_line(std::string(input) + "\n") == of_line);
  }
  check_path(input);
}

}  // namespace gthulhu::fuzz
