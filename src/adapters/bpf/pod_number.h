// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "bpf/pod_uid.h"
#include "core/model/pod.h"

namespace gthulhu {

// By which the scheduler knows a pod, as the name of its cgroup tells it (bpf/pod_uid.h); nothing
// when the UID is not one of Kubernetes' own: it knows only its cgroup then.
std::optional<gthulhu_pod_uid> pod_number(const PodUid& pod);

}  // namespace gthulhu
