// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/container_name.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gthulhu {

namespace {

bool is_container_id(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool drop_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> runtime_of_prefix{{
    {"docker-", "docker"},
    {"libpod-", "podman"},
    {"cri-containerd-", "containerd"},
    {"crio-", "cri-o"},
}};

}  // namespace

std::optional<ContainerName> container_name(std::string_view parent, std::string_view name) {
  if (parent == "lxc" || parent == "lxc.payload") return ContainerName{std::string(name), "lxc"};
  if (drop_prefix(name, "lxc.payload.")) return ContainerName{std::string(name), "lxc"};
  if (name.ends_with(".scope")) name.remove_suffix(std::string_view(".scope").size());
  std::string runtime = parent == "docker" ? "docker" : "";
  for (const auto& [prefix, known] : runtime_of_prefix) {
    if (drop_prefix(name, prefix)) {
      runtime = known;
      break;
    }
  }
  if (!is_container_id(name)) return std::nullopt;
  return ContainerName{std::string(name), std::move(runtime)};
}

}  // namespace gthulhu
