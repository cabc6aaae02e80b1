// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "cli/options.h"
#include "cli/session_file.h"

namespace gthulhu {

Result<> list_intents(const ListOptions& options, const Environment& environment);
Result<> show_status(const ListOptions& options, const Environment& environment);

}  // namespace gthulhu
