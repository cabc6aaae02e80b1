// SPDX-License-Identifier: Apache-2.0
//
// The way to a server through an HTTP or SOCKS5 proxy. For sources of net only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/authority.h"

namespace gthulhu::net {

struct Proxy {
  enum class Kind : std::uint8_t { http, socks5 };

  Kind kind = Kind::http;
  Authority where;
  std::string user;      // empty: it wants to know nobody
  std::string password;  // secret: in no text but what the proxy gets
};

// "http://user:password@host:port"; "socks5://…" and "socks5h://…" are the same, as a host's name
// is always left to the proxy. User and password are percent-encoded; ports 80 and 1080 if there is
// none. Errc::invalid_argument, whose texts have nothing of `text`.
Result<Proxy> parse_proxy_url(std::string_view text);

// Has the proxy at the other end of `socket` connect it to `server`, a name or an address
// (RFC 9110 section 9.3.6; RFC 1928 and RFC 1929). Errc::unavailable with the proxy and why not.
// Waits as long as it takes: closing the socket ends it. `socket` must outlive it.
boost::asio::awaitable<Result<>> pass_proxy(Proxy proxy,
                                            Authority server,
                                            boost::asio::ip::tcp::socket* socket);

}  // namespace gthulhu::net
