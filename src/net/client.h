// SPDX-License-Identifier: Apache-2.0
//
// A blocking HTTP/1.1 client for commands and tests: a Channel with a loop of its own.
#pragma once

#include <chrono>
#include <memory>

#include "base/result.h"
#include "net/client_settings.h"
#include "net/http.h"

namespace gthulhu::net {

// Keeps its connection between requests. Threads: one at a time, stop() from anywhere.
class Client {
 public:
  // Reads the CA file and checks the settings; connects later.
  static Result<std::unique_ptr<Client>> create(const ClientSettings& settings);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The answer, whatever its status. `timeout` is for all of it. (After a look-up of a host name
  // that took longer, the destructor waits for the system's resolver.)
  // Errc::unavailable: no connection (the message says what to check); Errc::timeout;
  // Errc::too_large; Errc::corrupt: not HTTP; Errc::invalid_argument: a header or target that
  // cannot be sent.
  Result<Response> send(const ClientRequest& request, std::chrono::milliseconds timeout);

  // As send(), but the body of a 200 goes to `sink` as it comes, however long it is; it returns
  // where the body ends, or where the sink wants no more. Errc::timeout when a deadline passed.
  // Errors may come after pieces of a body; one that was cut short ends in Errc::corrupt.
  Result<Response> stream(const ClientRequest& request,
                          const BodySink& sink,
                          StreamTimeouts timeouts);

  // For good: a request that is under way, and all that follow, end with Errc::unavailable.
  void stop();

 private:
  struct Session;
  explicit Client(std::unique_ptr<Session> session);

  std::unique_ptr<Session> session_;
};

}  // namespace gthulhu::net
