// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "net/http.h"

namespace gthulhu::net {

// Where a handler's call for one request runs.
enum class RunsOn : std::uint8_t {
  network_thread,   // it only reads what is in memory
  worker,           // it may block: store, other servers
  password_worker,  // it hashes a password: long work of a processor, which must delay nothing else
  waiting_worker    // it waits for something to happen, and costs nothing meanwhile
};

// What a server serves. An exception that leaves handle() becomes a 500 and is reported.
class Handler {
 public:
  virtual ~Handler() = default;

  // Threads: the network thread.
  [[nodiscard]] virtual RunsOn runs_on(const Request& request) const = 0;

  // Threads: where runs_on() said, several at once.
  virtual Response handle(const Request& request) = 0;
};

}  // namespace gthulhu::net
