// SPDX-License-Identifier: Apache-2.0
//
// HTTP/1.1 server (RFC 9110, 9112), plain or TLS: keep-alive, pipelining, Content-Length and
// chunked request bodies, Expect: 100-continue. What it refuses it answers with the status that
// says why (400, 408, 413, 417, 431, 501, 503) and the body of plain_error(). Every answer carries
// X-Request-ID.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "net/answered.h"
#include "net/handler.h"
#include "net/limits.h"
#include "net/listen_address.h"
#include "net/network_thread.h"
#include "net/tls.h"
#include "net/worker_pool.h"

namespace gthulhu::net {

struct ServerSettings {
  ListenAddress address;
  std::optional<TlsSettings> tls = {};
  ServerLimits limits = {};
  FailureReport report = {};  // exceptions of handlers, broken responses, failed accepting
  AnswerReport answered = {};
  // Kept at the number of connections; outlives the server.
  std::atomic<std::size_t>* connections = nullptr;
  std::string request_id_prefix = {};  // of new_request_id_prefix()
  // Well-formed fields of every answer, also of what the server refuses itself; one that an answer
  // carries itself takes the place of the one here.
  Headers every_answer = {};
};

// One listening address. `network`, `pools` and `handler` must outlive it.
//
// Threads: start(), stop() and the destructor from any but the network thread.
class Server {
 public:
  // Listens when it returns. Errc::unavailable names the address and why it cannot be used;
  // Errc::invalid_argument is about the TLS settings.
  static Result<std::unique_ptr<Server>> start(NetworkThread& network,
                                               WorkerPools pools,
                                               Handler& handler,
                                               ServerSettings settings);
  // stop() without grace; then waits for handlers that still run on workers.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The real one, also when port 0 was asked for.
  [[nodiscard]] std::uint16_t port() const;

  // Connections that come from now on are served with these; those that are there keep theirs.
  // Errc::invalid_argument, and nothing is changed, when they cannot be used or the server began
  // without TLS.
  Result<> change_tls(const TlsSettings& settings);

  // Stops listening, ends idle connections, lets requests under way be answered for up to `grace`,
  // then cuts off. True when nothing had to be cut off.
  bool stop(std::chrono::milliseconds grace);

 private:
  struct Core;
  explicit Server(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace gthulhu::net
