// SPDX-License-Identifier: Apache-2.0
//
// An HTTP/1.1 client for coroutines: one server, one request at a time.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>

#include "base/result.h"
#include "net/client_settings.h"
#include "net/http.h"

namespace gthulhu::net {

// Keeps its connection between requests, and besides it nothing large: thousands of idle ones fit
// on one loop. (With TLS a kept connection is 90 kB, most of it buffers of Asio's stream.)
//
// The coroutines are those of whoever calls: they run in a task of theirs (task_group.h). Such a
// task may be cancelled at any time, which drops the connection. The channel may be closed or
// destroyed meanwhile: the request then ends with Errc::unavailable within a turn of the loop, and
// what the coroutine needs lives until then.
//
// Threads: only the loop's of `executor`, which one thread runs; create() from anywhere.
class Channel {
 public:
  // Reads the CA file and checks the settings; connects later.
  static Result<std::unique_ptr<Channel>> create(const ClientSettings& settings,
                                                 boost::asio::any_io_executor executor);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // The answer, whatever its status. `timeout` is for all of it, looking up a name included.
  // Errc::unavailable: no connection (the message says what to check), or closed; Errc::timeout;
  // Errc::too_large; Errc::corrupt: not HTTP; Errc::invalid_argument: a header or target that
  // cannot be sent; Errc::conflict: another request is under way.
  boost::asio::awaitable<Result<Response>> send(ClientRequest request,
                                                std::chrono::milliseconds timeout);

  // As send(), but the body of a 200 goes to `sink` as it comes, however long it is; it returns
  // where the body ends, or where the sink wants no more. Errc::timeout when a deadline passed.
  // Errors may come after pieces of a body; one that was cut short ends in Errc::corrupt.
  // The sink is called on the loop and must not block; it may close or destroy the channel.
  boost::asio::awaitable<Result<Response>> stream(ClientRequest request,
                                                  BodySink sink,
                                                  StreamTimeouts timeouts);

  // For good: a request that is under way, and all that follow, end with Errc::unavailable.
  void close();

 private:
  struct State;
  explicit Channel(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;  // shared with the request under way
};

}  // namespace gthulhu::net
