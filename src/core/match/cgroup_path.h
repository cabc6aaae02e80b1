// SPDX-License-Identifier: Apache-2.0
//
// Which pod and container a cgroup belongs to, by the names that kubelet and runtimes give:
//   systemd driver   …/kubepods-burstable-pod<uid, '_' for '-'>.slice/cri-containerd-<id>.scope
//                    likewise crio-<id>.scope, docker-<id>.scope
//   cgroupfs driver  …/kubepods/burstable/pod<uid>/<id>, with CRI-O crio-<id>
//   drivers mixed    …/kubepods-burstable-pod<uid>.slice:cri-containerd:<id>
// (kubelet pkg/kubelet/cm/cgroup_manager_linux.go and pod_container_manager_linux.go; containerd
// pkg/cri/server, getCgroupsPath; CRI-O internal/config/cgmgr). Whatever comes before does not
// count: kind, k3s and nested Kubernetes put their own above. Of static pods <uid> is the hash of
// their manifest, 32 hex digits without dashes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/model/pod.h"

namespace gthulhu {

struct PodOrigin {
  PodUid pod;             // with dashes; of static pods 32 digits
  std::string container;  // empty when the path names none

  bool operator==(const PodOrigin&) const = default;
};

// Which pod a line of /proc/PID/cgroup ("4:cpu,cpuacct:/kubepods/…", "0::/…") puts its process in;
// nothing for a process outside every pod. Everything that the Go agent recognises is recognised
// with the same UID (contract 6.1): in lines with the text "kubepods" a UID may stand anywhere
// behind "pod", elsewhere only where kubelet puts it. Of nested pods the innermost counts.
std::optional<PodOrigin> parse_cgroup_line(std::string_view line);

// The same for the path alone: below the hierarchy's root, or relative to a cgroup namespace
// ("/../../pod<uid>/<id>").
std::optional<PodOrigin> parse_cgroup_path(std::string_view path);

}  // namespace gthulhu
