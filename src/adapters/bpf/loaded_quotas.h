// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "adapters/bpf/bpf_programs.h"
#include "adapters/bpf/scheduler_quotas.h"
#include "base/result.h"

namespace gthulhu {

// Those of the loaded policy `programs`, of which it keeps no more than the two maps that it reads.
// Errc::unsupported where they are not there.
Result<std::shared_ptr<const SchedulerQuotas>> quotas_of(const BpfPrograms& programs);

}  // namespace gthulhu
