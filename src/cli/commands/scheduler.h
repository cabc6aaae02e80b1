// SPDX-License-Identifier: Apache-2.0
//
// Our scheduler in a node's kernel, through the API of the node's decision maker.
#pragma once

#include "base/result.h"
#include "cli/api_client.h"
#include "cli/options.h"

namespace gthulhu {

// Does what was asked for and prints it. `client` is of a decision maker, with a token of its.
// top() goes on until the program is ended, unless it is to look once.
Result<> look_after_scheduler(const SchedulerOptions& options, ApiClient client);

}  // namespace gthulhu
