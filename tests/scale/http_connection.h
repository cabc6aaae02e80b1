// SPDX-License-Identifier: Apache-2.0
//
// A small HTTP server of coroutines for thousands of requests that wait: net::Server gives each of
// those a thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"
#include "net/limits.h"
#include "net/message_parser.h"
#include "net/read_buffer.h"
#include "net/task_group.h"

namespace gthulhu::scale {

using Tcp = boost::asio::ip::tcp;

// One connection that was accepted: one request after the other.
class HttpConnection {
 public:
  explicit HttpConnection(Tcp::socket socket);

  // The next request; false when there is none any more.
  net::Awaitable<bool> read();
  [[nodiscard]] net::Request& request() { return parser_.request(); }

  // False when nobody is there any more.
  net::Awaitable<bool> write(std::string_view bytes);
  net::Awaitable<bool> answer(int status, std::string body);

  // An answer whose end is not known: a head, pieces, the end.
  net::Awaitable<bool> begin_chunks();
  net::Awaitable<bool> chunk(std::string bytes);
  net::Awaitable<bool> end_chunks();

 private:
  Tcp::socket socket_;
  net::ServerLimits limits_;
  net::RequestParser parser_;
  net::ReadBuffer buffer_;
};

// What answers requests of one port.
class HttpService {
 public:
  virtual ~HttpService() = default;
  // Answers connection->request(); false: the connection is to be closed.
  virtual net::Awaitable<bool> serve(HttpConnection* connection) = 0;
};

// A port of the loopback address. `tasks` and `service` outlive it.
class HttpPort {
 public:
  HttpPort(const net::Executor& executor, net::TaskGroup& tasks, HttpService& service);
  [[nodiscard]] std::uint16_t port() const;

 private:
  net::Awaitable<> accept();

  Tcp::acceptor acceptor_;
  net::TaskGroup& tasks_;
  HttpService& service_;
};

}  // namespace gthulhu::scale
