// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "cli/options.h"
#include "cli/session_file.h"

namespace gthulhu {

Result<> create_strategy(const StrategyCreateOptions& options, const Environment& environment);
Result<> list_strategies(const ListOptions& options, const Environment& environment);
Result<> delete_strategies(const StrategyDeleteOptions& options, const Environment& environment);

}  // namespace gthulhu
