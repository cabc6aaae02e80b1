// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/result.h"
#include "main/command_line.h"
#include "main/config/load.h"

namespace gthulhu {

// What the configuration is loaded with: the command line, the environment and this machine.
LoadOptions load_options(const ServerOptions& options,
                         const ServerOptions::Overrides& overrides,
                         const Environment& environment);

// Sets the log up and writes what was read and what is odd about it.
Result<> begin_log(const LogSettings& settings,
                   const std::string& file,
                   const std::vector<std::string>& warnings);

// The first line of --admin-password-file; nothing when it was not given.
Result<std::optional<std::string>> admin_password(const ServerOptions& options);

}  // namespace gthulhu
