// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "cli/options.h"
#include "cli/session_file.h"

namespace gthulhu {

// Logs in, changes the password where the account must, and keeps the session for later commands.
Result<> login(const LoginOptions& options, const Environment& environment);

}  // namespace gthulhu
