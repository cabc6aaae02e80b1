// SPDX-License-Identifier: Apache-2.0
//
// The roles of the program: each builds its object graph, runs until SIGTERM or SIGINT, and takes
// it apart again. An Error means that it could not start.
#pragma once

#include "base/environment.h"
#include "base/result.h"
#include "main/command_line.h"

namespace gthulhu {

Result<> run_manager(const ServerOptions& options, const Environment& environment);
Result<> run_agent(const ServerOptions& options, const Environment& environment);
Result<> run_standalone(const ServerOptions& options, const Environment& environment);

}  // namespace gthulhu
