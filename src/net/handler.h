// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/http.h"

namespace gthulhu::net {

// What a server serves. An exception that leaves handle() becomes a 500 and is reported.
class Handler {
 public:
  virtual ~Handler() = default;

  // Whether handle() only reads what is in memory, and so may run on the network thread; if not
  // it runs on a worker. Threads: the network thread.
  [[nodiscard]] virtual bool is_quick(const Request& request) const = 0;

  // Threads: the network thread or a worker, several at once.
  virtual Response handle(const Request& request) = 0;
};

}  // namespace gthulhu::net
