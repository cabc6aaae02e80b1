// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "adapters/kube/api_access.h"
#include "base/result.h"
#include "net/client.h"

namespace gthulhu {

// Reads from an API server, over one connection that is kept between requests.
//
// Threads: get() and close() from one, interrupt() and stop() from anywhere.
class KubeClient {
 public:
  // Takes the next piece of the body; an error ends the request. The first is empty: the server
  // has taken the request.
  using Sink = std::function<Result<>(std::string_view piece)>;

  // `access` outlives it.
  explicit KubeClient(ApiAccess& access) : access_(access) {}

  // GET; the body of a 200 goes to `sink` as it comes. Connects first where there is no connection.
  // What the server refuses is an error with its own words, and with the time after which it wants
  // to be asked again:
  //   unauthenticated  401, and the credentials are got anew for the next request
  //   forbidden        403
  //   not_found        404
  //   stale            410: what was asked for is too long ago
  //   conflict         504: the server has not got as far as the version that was asked for
  //   too_many         429
  //   unavailable      everything else
  // and those of net::Client::stream(), of ApiAccess and of `sink`. After an error the connection
  // is closed.
  Result<> get(const std::string& target,
               const net::Headers& headers,
               const Sink& sink,
               net::StreamTimeouts timeouts);

  // So that the next request connects anew.
  void close();

  // Ends the request that is under way, if there is one, with Errc::unavailable.
  void interrupt();
  // The same for it and all that follow.
  void stop();

 private:
  Result<std::shared_ptr<net::Client>> connected();

  ApiAccess& access_;
  std::mutex mutex_;  // guards all below
  std::shared_ptr<net::Client> client_;
  bool stopped_ = false;
};

}  // namespace gthulhu
