// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gthulhu {

// Whom failed logins from an address are counted against: the address itself, or the /64 of an
// IPv6 address, of which one guest has 2^64 (RFC 6177). Other texts stand for themselves.
// "192.0.2.1" -> "192.0.2.1", "[2001:db8::1]" -> "20010db800000000/64".
std::string login_network(std::string_view address);

}  // namespace gthulhu
