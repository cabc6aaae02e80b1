// SPDX-License-Identifier: Apache-2.0
#include "tests/scale/http_connection.h"

#include <array>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <memory>
#include <utility>

namespace gthulhu::scale {

namespace asio = boost::asio;

namespace {

constexpr std::string_view chunked_head =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

net::Awaitable<> serve_all(std::shared_ptr<HttpConnection> connection, HttpService* service) {
  for (;;) {
    const bool asked = co_await connection->read();
    if (!asked) co_return;
    const bool goes_on = co_await service->serve(connection.get());
    if (!goes_on) co_return;
  }
}

}  // namespace

HttpConnection::HttpConnection(Tcp::socket socket)
    : socket_(std::move(socket)), parser_(limits_), buffer_(limits_.head_bytes + 1024) {}

net::Awaitable<bool> HttpConnection::read() {
  parser_.restart();
  for (;;) {
    while (!buffer_.empty() && !parser_.complete()) {
      const std::size_t used = parser_.feed(buffer_.bytes());
      buffer_.consume(used);
      if (parser_.refusal() != nullptr) co_return false;
      if (used == 0) break;
    }
    if (parser_.complete()) co_return true;
    const asio::mutable_buffer space = buffer_.space();
    const auto outcome = co_await socket_.async_read_some(space, net::as_tuple);
    if (std::get<0>(outcome)) co_return false;
    buffer_.commit(std::get<1>(outcome));
  }
}

net::Awaitable<bool> HttpConnection::write(std::string_view bytes) {
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  const auto outcome = co_await asio::async_write(socket_, buffer, net::as_tuple);
  co_return !std::get<0>(outcome);
}

net::Awaitable<bool> HttpConnection::answer(int status, std::string body) {
  std::string bytes = "HTTP/1.1 " + std::to_string(status) + " ";
  bytes += net::reason_phrase(status);
  bytes += "\r\nContent-Type: application/json\r\nContent-Length: ";
  bytes += std::to_string(body.size());
  bytes += "\r\n\r\n";
  bytes += body;
  const bool is_sent = co_await write(bytes);
  co_return is_sent;
}

net::Awaitable<bool> HttpConnection::begin_chunks() {
  const bool is_sent = co_await write(chunked_head);
  co_return is_sent;
}

net::Awaitable<bool> HttpConnection::chunk(std::string bytes) {
  std::array<char, 20> length{};
  const int digits = std::snprintf(length.data(), length.size(), "%zx\r\n", bytes.size());
  bytes.insert(0, length.data(), static_cast<std::size_t>(digits));
  bytes += "\r\n";
  const bool is_sent = co_await write(bytes);
  co_return is_sent;
}

net::Awaitable<bool> HttpConnection::end_chunks() {
  const bool is_sent = co_await write("0\r\n\r\n");
  co_return is_sent;
}

HttpPort::HttpPort(const net::Executor& executor, net::TaskGroup& tasks, HttpService& service)
    : acceptor_(executor, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      tasks_(tasks),
      service_(service) {
  tasks_.spawn(accept());
}

std::uint16_t HttpPort::port() const {
  return acceptor_.local_endpoint().port();
}

net::Awaitable<> HttpPort::accept() {
  for (;;) {
    Tcp::socket socket(acceptor_.get_executor());
    const auto outcome = co_await acceptor_.async_accept(socket, net::as_tuple);
    if (std::get<0>(outcome)) co_return;
    socket.set_option(Tcp::no_delay(true));
    auto connection = std::make_shared<HttpConnection>(std::move(socket));
    tasks_.spawn(serve_all(std::move(connection), &service_));
  }
}

}  // namespace gthulhu::scale
