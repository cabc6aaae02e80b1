// SPDX-License-Identifier: Apache-2.0
#include "net/transport.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

#include "net/task_group.h"

namespace gthulhu::net {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

namespace {

// Called for each certificate of the chain, the server's own last.
struct UriVerification {
  std::string uri;

  bool operator()(bool leads_to_ca, ssl::verify_context& context) const {
    X509_STORE_CTX* chain = context.native_handle();
    if (!leads_to_ca || X509_STORE_CTX_get_error_depth(chain) > 0) return leads_to_ca;
    if (has_uri(X509_STORE_CTX_get_current_cert(chain), uri)) return true;
    X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
    return false;
  }
};

}  // namespace

asio::awaitable<Transport::ErrorCode> Transport::accept_handshake() {
  const auto outcome = co_await tls()->async_handshake(ssl::stream_base::server, as_tuple);
  co_return std::get<0>(outcome);
}

asio::awaitable<Transport::ErrorCode> Transport::connect_handshake(ExpectedServer expected) {
  ErrorCode failed;
  if (expected.uri.empty()) {
    tls()->set_verify_callback(ssl::host_name_verification(expected.name), failed);
  } else {
    tls()->set_verify_callback(UriVerification{expected.uri}, failed);
  }
  if (failed) co_return failed;
  asio::ip::make_address(expected.name, failed);
  // Server name indication is for names only (RFC 6066 section 3).
  if (failed) SSL_set_tlsext_host_name(tls()->native_handle(), expected.name.c_str());
  const auto outcome = co_await tls()->async_handshake(ssl::stream_base::client, as_tuple);
  co_return std::get<0>(outcome);
}

std::string Transport::certificate_problem() {
  const long verified = SSL_get_verify_result(tls()->native_handle());
  if (verified == X509_V_OK) return "";
  if (verified == X509_V_ERR_APPLICATION_VERIFICATION) return "it is another server's certificate";
  return X509_verify_cert_error_string(verified);
}

asio::awaitable<Transport::Read> Transport::read_some(asio::mutable_buffer space) {
  if (tls() != nullptr) {
    const auto outcome = co_await tls()->async_read_some(space, as_tuple);
    co_return Read{std::get<0>(outcome), std::get<1>(outcome)};
  }
  const auto outcome = co_await socket().async_read_some(space, as_tuple);
  co_return Read{std::get<0>(outcome), std::get<1>(outcome)};
}

asio::awaitable<Transport::ErrorCode> Transport::write(asio::const_buffer bytes) {
  if (tls() != nullptr) {
    const auto outcome = co_await asio::async_write(*tls(), bytes, as_tuple);
    co_return std::get<0>(outcome);
  }
  // Most answers fit into the socket's buffer: then nobody has to wait.
  ErrorCode failed;
  if (!socket().non_blocking()) socket().non_blocking(true, failed);
  const std::size_t written = socket().write_some(bytes, failed);
  if (failed && failed != asio::error::would_block) co_return failed;
  if (written == bytes.size()) co_return ErrorCode();
  const asio::const_buffer rest = bytes + written;
  const auto outcome = co_await asio::async_write(socket(), rest, as_tuple);
  co_return std::get<0>(outcome);
}

asio::awaitable<Transport::ErrorCode> Transport::finish_writing() {
  if (tls() != nullptr) co_await tls()->async_shutdown(as_tuple);
  ErrorCode failed;
  socket().shutdown(Socket::shutdown_send, failed);
  co_return failed;
}

asio::awaitable<Transport::Read> Transport::read_raw(asio::mutable_buffer space) {
  const auto outcome = co_await socket().async_read_some(space, as_tuple);
  co_return Read{std::get<0>(outcome), std::get<1>(outcome)};
}

void Transport::cancel() {
  ErrorCode ignored;  // a closed socket has nothing to cancel
  socket().cancel(ignored);
}

void Transport::close() {
  ErrorCode ignored;  // it is gone all the same
  socket().close(ignored);
}

Transport::Socket& Transport::socket() {
  if (tls() != nullptr) return tls()->next_layer();
  return *std::get_if<Socket>(&stream_);
}

std::shared_ptr<const PeerCertificate> Transport::certificate() {
  return tls() == nullptr ? nullptr : peer_certificate(tls()->native_handle());
}

}  // namespace gthulhu::net
