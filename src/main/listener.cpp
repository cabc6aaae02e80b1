// SPDX-License-Identifier: Apache-2.0
#include "main/listener.h"

#include "base/log.h"
#include "net/request_id.h"
#include "rest/security_headers.h"

namespace gthulhu {

namespace {

constexpr std::chrono::seconds stop_grace{5};
constexpr std::chrono::seconds look_at_files{2};

}  // namespace

Listener::Listener(Surroundings& surroundings, ListenerSettings settings)
    : surroundings_(surroundings),
      settings_(std::move(settings)),
      access_log_(settings_.access_log, surroundings.log_writer) {}

Result<> Listener::listen(net::Handler& handler) {
  net::ServerSettings server;
  server.address = settings_.address;
  server.tls = settings_.tls;
  if (settings_.tls_files.given()) server.tls = TRY(read_tls_files(settings_.tls_files));
  server.report = [](const Error& error) { log_error("request", {{"error", error.text()}}); };
  server.answered = [this](const net::Answered& answered) {
    access_log_.note(answered);
    if (settings_.answered) settings_.answered(answered);
  };
  server.request_id_prefix = net::new_request_id_prefix(surroundings_.random);
  server.every_answer = rest::security_headers();
  server.connections = &connections_;
  const bool tls = server.tls.has_value();
  server_ = TRY(net::Server::start(*surroundings_.network, surroundings_.pools(), handler,
                                   std::move(server)));
  if (settings_.tls_files.given()) {
    watch_ = TRY(TlsFileWatch::start(
        settings_.tls_files, look_at_files,
        [this](const Result<net::TlsSettings>& read) { certificate_changed(read); }));
  }
  net::ListenAddress address = settings_.address;
  address.port = server_->port();
  log_info("listening",
           {{"server", settings_.name}, {"address", address.text()}, {"tls", tls ? "yes" : "no"}});
  return {};
}

void Listener::certificate_changed(const Result<net::TlsSettings>& read) {
  Result<> changed;
  if (read) {
    changed = server_->change_tls(*read);
  } else {
    changed = read.error();
  }
  if (changed) {
    log_info("new certificate", {{"server", settings_.name}});
  } else {
    log_error("the certificate stays as it was",
              {{"server", settings_.name}, {"error", changed.error().text()}});
  }
}

void Listener::stop() {
  watch_.reset();
  if (server_ && !server_->stop(stop_grace))
    log_warning("requests were cut off", {{"server", settings_.name}});
}

}  // namespace gthulhu
