// SPDX-License-Identifier: Apache-2.0
//
// A connected socket with or without TLS, for sources of net only.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "net/tls_context.h"

namespace gthulhu::net {

// Whose certificate it must be.
struct ExpectedServer {
  std::string name;  // a host name or address; for a `uri` it only says whom to ask for
  std::string uri;   // when set, this subject alternative name instead
};

// Coroutines of it must not outlive it. Threads: its loop's only.
class Transport {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using TlsStream = boost::asio::ssl::stream<Socket>;
  using ErrorCode = boost::system::error_code;
  struct Read {
    ErrorCode failed;
    std::size_t bytes = 0;
  };

  explicit Transport(Socket socket) : stream_(std::move(socket)) {}
  // `tls` must outlive it. A handshake comes first.
  Transport(Socket socket, TlsContext& tls) : stream_(TlsStream(std::move(socket), tls)) {}

  boost::asio::awaitable<ErrorCode> accept_handshake();
  // Checks that the server's certificate is for whom is expected.
  boost::asio::awaitable<ErrorCode> connect_handshake(ExpectedServer expected);
  // After a handshake that failed: what is wrong with the peer's certificate, or nothing.
  [[nodiscard]] std::string certificate_problem();

  boost::asio::awaitable<Read> read_some(boost::asio::mutable_buffer space);
  // All of it, or an error.
  boost::asio::awaitable<ErrorCode> write(boost::asio::const_buffer bytes);
  // Says that nothing more will be written. With TLS it also waits for the peer's goodbye.
  boost::asio::awaitable<ErrorCode> finish_writing();
  // Reads below TLS, for throwing away what still comes.
  boost::asio::awaitable<Read> read_raw(boost::asio::mutable_buffer space);

  // Ends the operation under way with operation_aborted.
  void cancel();
  // The same, and every later operation fails: also one that is about to begin.
  void close();

  [[nodiscard]] Socket& socket();
  [[nodiscard]] std::shared_ptr<const PeerCertificate> certificate();

 private:
  TlsStream* tls() { return std::get_if<TlsStream>(&stream_); }

  std::variant<Socket, TlsStream> stream_;
};

}  // namespace gthulhu::net
