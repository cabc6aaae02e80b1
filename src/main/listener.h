// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "adapters/system/tls_files.h"
#include "base/result.h"
#include "main/surroundings.h"
#include "net/server.h"
#include "rest/access_log.h"

namespace gthulhu {

struct ListenerSettings {
  std::string name;  // in the log: "manager"
  net::ListenAddress address;
  TlsFiles tls_files = {};                   // empty: no TLS, or `tls`
  std::optional<net::TlsSettings> tls = {};  // fixed at start
  net::LoggedAnswers access_log = net::LoggedAnswers::changes;
  net::AnswerReport answered = {};  // besides the access log
};

// A server with what both roles want of it: security headers, ids of requests, the access log, and
// a certificate that is read again when its files change.
class Listener {
 public:
  // `surroundings` outlives it.
  Listener(Surroundings& surroundings, ListenerSettings settings);

  // Listens when it returns; once. `handler` outlives it.
  Result<> listen(net::Handler& handler);

  // New connections get this certificate, and only clients whose certificates lead to this CA get
  // in. Errors as of net::Server::change_tls(). Threads: all, after listen().
  Result<> change_tls(const net::TlsSettings& settings) { return server_->change_tls(settings); }

  // Threads: all.
  [[nodiscard]] std::size_t connections() const { return connections_; }

  // No more requests; those under way are answered, or cut off after some seconds.
  void stop();

 private:
  void certificate_changed(const Result<net::TlsSettings>& read);

  Surroundings& surroundings_;
  const ListenerSettings settings_;
  rest::AccessLog access_log_;
  std::atomic<std::size_t> connections_{0};
  std::unique_ptr<net::Server> server_;
  std::unique_ptr<TlsFileWatch> watch_;
};

}  // namespace gthulhu
