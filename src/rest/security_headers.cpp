// SPDX-License-Identifier: Apache-2.0
#include "rest/security_headers.h"

namespace gthulhu::rest {

net::Headers security_headers() {
  return {{"X-Content-Type-Options", "nosniff"},
          {"Referrer-Policy", "no-referrer"},
          {"X-Frame-Options", "DENY"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
          {"Cache-Control", "no-store"}};
}

}  // namespace gthulhu::rest
