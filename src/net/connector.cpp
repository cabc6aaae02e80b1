// SPDX-License-Identifier: Apache-2.0
#include "net/connector.h"

#include <boost/asio/connect.hpp>

#include "net/task_group.h"
#include "net/tls_context.h"

namespace gthulhu::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

Result<Destination> Destination::of(const ClientSettings& settings) {
  Destination destination;
  destination.url = TRY(parse_server_url(settings.url));
  destination.written = settings.url;
  if (!settings.proxy_url.empty()) destination.proxy = TRY(parse_proxy_url(settings.proxy_url));
  if (!destination.url.tls && !settings.server_uri.empty()) {
    return Error{Errc::invalid_argument,
                 "only https:// can show that a server is " + settings.server_uri, ""};
  }
  if (!destination.url.tls) return destination;
  const bool has_sources =
      !settings.ca_file.empty() || !settings.ca_pem.empty() || !settings.certificate_pem.empty();
  if (settings.identity != nullptr && has_sources) {
    return Error{Errc::invalid_argument,
                 "TLS: give either an identity, or the CA and the certificate", ""};
  }
  destination.identity = settings.identity;
  if (destination.identity == nullptr) {
    destination.identity =
        TRY(ClientIdentity::create({.ca_file = settings.ca_file,
                                    .ca_pem = settings.ca_pem,
                                    .certificate_pem = settings.certificate_pem,
                                    .private_key_pem = settings.private_key_pem}));
  }
  destination.expected = {
      .name = settings.server_name.empty() ? destination.url.host : settings.server_name,
      .uri = settings.server_uri};
  return destination;
}

std::string Destination::way() const {
  return proxy ? " through the proxy " + proxy->where.text() : "";
}

Error Destination::no_connection(const ErrorCode& failed) const {
  std::string text = "no connection to " + url.authority() + ": " + failed.message();
  if (failed == asio::error::connection_refused) {
    text += "; nothing listens there: is the server running, and is the port right?";
  } else if (failed == asio::error::eof || failed == asio::error::connection_reset) {
    text = "the connection to " + url.authority() +
           " was closed without an answer; does the server expect " +
           (url.tls ? "http://, or a client certificate?" : "https://?");
  }
  return {Errc::unavailable, std::move(text), ""};
}

Error Destination::no_handshake(const ErrorCode& failed, std::string certificate_problem) const {
  const std::string whose = expected.uri.empty() ? "this name" : expected.uri;
  return {Errc::unavailable,
          "no TLS connection to " + url.authority() + ": " + failed.message() +
              "; check the CA file, and that the certificate is for " + whose,
          std::move(certificate_problem)};
}

Error Destination::unreachable(const ErrorCode& failed) const {
  if (!proxy) return no_connection(failed);
  return {Errc::unavailable,
          "no connection to the proxy " + proxy->where.text() + ": " + failed.message(), ""};
}

Error Destination::unknown_host(const ErrorCode& failed) const {
  if (proxy) {
    return {Errc::unavailable,
            "the host " + proxy->where.host + " is not known: " + failed.message() +
                "; check the name of the proxy",
            ""};
  }
  return {Errc::unavailable,
          "the host " + url.host + " is not known: " + failed.message() + "; check the name in " +
              written,
          ""};
}

asio::awaitable<Result<std::unique_ptr<Transport>>> Connector::connect() {
  is_cut_off_ = false;
  const auto reached = co_await reach_server();
  auto transport = std::move(transport_);
  if (!reached) co_return reached.error();
  co_return transport;
}

void Connector::cut_off() {
  is_cut_off_ = true;
  lookup_.cancel();
  if (transport_ != nullptr) transport_->close();
}

asio::awaitable<Result<>> Connector::reach_server() {
  const Authority server{destination_.url.host, destination_.url.port};
  const Authority first = destination_.proxy ? destination_.proxy->where : server;
  auto opened = co_await open_socket(first);
  if (!opened) co_return opened;
  if (destination_.proxy) {
    auto passed = co_await pass_proxy(*destination_.proxy, server, &transport_->socket());
    if (!passed) co_return passed;
  }
  if (destination_.identity == nullptr) co_return Result<>();
  auto greeted = co_await shake_hands();
  co_return greeted;
}

asio::awaitable<Result<>> Connector::open_socket(Authority host) {
  const auto found = co_await lookup_.find(host.host, host.port);
  if (found.failed) co_return destination_.unknown_host(found.failed);
  if (is_cut_off_) co_return destination_.unreachable(asio::error::operation_aborted);
  transport_ = unconnected();
  const auto connected =
      co_await asio::async_connect(transport_->socket(), found.endpoints, as_tuple);
  const ErrorCode failed = std::get<0>(connected);
  if (failed) co_return destination_.unreachable(failed);
  ErrorCode ignored;  // it is only slower without
  transport_->socket().set_option(tcp::no_delay(true), ignored);
  co_return Result<>();
}

asio::awaitable<Result<>> Connector::shake_hands() {
  const ErrorCode refused = co_await transport_->connect_handshake(destination_.expected);
  if (refused) co_return destination_.no_handshake(refused, transport_->certificate_problem());
  co_return Result<>();
}

std::unique_ptr<Transport> Connector::unconnected() const {
  tcp::socket socket(executor_);
  if (destination_.identity == nullptr) return std::make_unique<Transport>(std::move(socket));
  return std::make_unique<Transport>(std::move(socket), destination_.identity->tls());
}

}  // namespace gthulhu::net
