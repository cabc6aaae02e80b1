// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/environment.h"
#include "base/result.h"
#include "cli/api_client.h"
#include "cli/options.h"

namespace gthulhu {

// A client of this node's decision maker for who can read its key: he signs a token of his own,
// which is good for a day. Errc::not_found, with what helps, when there is no key.
Result<ApiClient> client_of_node(const SchedulerOptions& options, const Environment& environment);

}  // namespace gthulhu
