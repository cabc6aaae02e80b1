// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/pod.h"

namespace gthulhu {

// Whether a pod is one that the cluster or this system itself lives on: of the namespace
// kube-system, or one of Gthulhu's own (label app.kubernetes.io/part-of=gthulhu, app=decisionmaker,
// or systemd.unit=gthulhu.service of a local workload). A strategy selects such a pod only when it
// asks for it, see PodSelection.
bool is_protected(const Labels& labels, const Namespace& name_space);

}  // namespace gthulhu
