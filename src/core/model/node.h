// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/name.h"

namespace gthulhu {

// The name of a node as Kubernetes knows it (spec.nodeName of its pods).
using NodeName = Name<struct NodeNameTag>;

}  // namespace gthulhu
