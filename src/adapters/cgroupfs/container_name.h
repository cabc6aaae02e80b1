// SPDX-License-Identifier: Apache-2.0
//
// Containers outside Kubernetes, known by the name of their cgroup. Where the names come from:
// Docker and runc: "docker-ID.scope" (systemd driver), "/docker/ID" (cgroupfs driver).
// Podman: "libpod-ID.scope", "/libpod_parent/libpod-ID". containerd, CRI-O:
// "cri-containerd-ID.scope", "crio-ID.scope". LXC: "/lxc/NAME", "/lxc.payload/NAME",
// "lxc.payload.NAME".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gthulhu {

struct ContainerName {
  std::string id;
  std::string runtime;  // "docker", "podman", "containerd", "cri-o", "lxc"; empty when the name
                        // does not tell

  bool operator==(const ContainerName&) const = default;
};

// Whether `name`, a directory below one called `parent`, is a container's cgroup. Those of a
// container's monitor
// ("libpod-conmon-ID.scope", "lxc.monitor.NAME") are not.
std::optional<ContainerName> container_name(std::string_view parent, std::string_view name);

}  // namespace gthulhu
