// SPDX-License-Identifier: Apache-2.0
//
// A client's request, as bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/client_settings.h"

namespace gthulhu::net {

// Head and body; `accept_gzip`: it asks for that, unless it has such a header itself.
// Errc::invalid_argument for a method, target or header that would break it.
Result<std::string> request_text(const ClientRequest& request,
                                 const ServerUrl& url,
                                 bool accept_gzip);

// Whether doing it twice is the same as doing it once (RFC 9110 section 9.2.2).
bool is_repeatable(std::string_view method);

}  // namespace gthulhu::net
