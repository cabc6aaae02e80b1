// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/environment.h"
#include "base/result.h"
#include "net/client.h"

namespace gthulhu {

// Whether net::ClientSettings takes it as a proxy's: http:// or socks5://, with a host.
bool is_proxy_url(std::string_view url);
inline constexpr std::string_view proxy_url_wanted =
    "is no proxy that can be used; write for example http://proxy.example:3128 or "
    "socks5://127.0.0.1:1080";

// The proxy on the way to an https:// server, as the variables HTTPS_PROXY and NO_PROXY say, which
// may be in lower case too; empty when there is none, or it is not for this server. NO_PROXY is a
// list with commas, as for kubectl: "*" is every host, ".example.org" those below a domain,
// "example.org" that host too, and an address or range of addresses ("10.0.0.0/8") is one. Each but
// a range may end in a port. Our own machine is never behind a proxy.
// Errc::invalid_argument, without quoting it, for a proxy that cannot be used.
Result<std::string> proxy_for(const net::ServerUrl& server, const Environment& environment);

}  // namespace gthulhu
