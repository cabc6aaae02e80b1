// SPDX-License-Identifier: Apache-2.0
#include "net/proxy.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>

#include "base/base64.h"
#include "net/http.h"
#include "net/message_parser.h"
#include "net/read_buffer.h"
#include "net/task_group.h"

namespace gthulhu::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace {

namespace socks {
constexpr char version = 5;
constexpr char without_login = 0;
constexpr char with_password = 2;
constexpr char password_version = 1;
constexpr char connect = 1;
constexpr char ipv4 = 1;
constexpr char name = 3;
constexpr char ipv6 = 4;
}  // namespace socks

Error unusable(const Proxy& proxy, std::string_view why) {
  return {Errc::unavailable, "the proxy " + proxy.where.text() + " " + std::string(why), ""};
}

Error wrong_protocol(const Proxy& proxy) {
  return unusable(proxy, proxy.kind == Proxy::Kind::http
                             ? "does not answer in HTTP; is it a SOCKS5 proxy?"
                             : "does not answer in SOCKS5; is it an HTTP proxy?");
}

Error broken_off(const Proxy& proxy, const ErrorCode& failed) {
  return unusable(proxy, "broke off: " + failed.message());
}

std::string connect_request(const Proxy& proxy, const Authority& server) {
  std::string text = "CONNECT " + server.text() + " HTTP/1.1\r\nHost: " + server.text() + "\r\n";
  if (!proxy.user.empty()) {
    text += "Proxy-Authorization: Basic " +
            encode_padded_base64(proxy.user + ":" + proxy.password) + "\r\n";
  }
  return text + "\r\n";
}

asio::awaitable<Result<>> pass_http(Proxy proxy, Authority server, tcp::socket* socket) {
  const std::string request = connect_request(proxy, server);
  const auto sent = co_await asio::async_write(*socket, asio::buffer(request), as_tuple);
  const ErrorCode unsent = std::get<0>(sent);
  if (unsent) co_return broken_off(proxy, unsent);
  constexpr std::size_t longest_head = 16 * 1024;
  const ClientLimits limits{.head_bytes = longest_head, .body_bytes = 0};
  ResponseParser parser(limits, true);  // a tunnel has no body
  ReadBuffer buffer(longest_head + 1024);
  while (!parser.complete()) {
    const asio::mutable_buffer space = buffer.space();
    if (space.size() == 0) co_return wrong_protocol(proxy);
    const auto read = co_await socket->async_read_some(space, as_tuple);
    const ErrorCode failed = std::get<0>(read);
    if (failed) co_return broken_off(proxy, failed);
    buffer.commit(std::get<1>(read));
    buffer.consume(parser.feed(buffer.bytes()));
    if (parser.failure() != nullptr) co_return wrong_protocol(proxy);
  }
  const int status = parser.response().status;
  if (status / 100 != 2) {
    std::string why = "refuses to connect to " + server.text() + ": " + std::to_string(status) +
                      " " + std::string(reason_phrase(status));
    if (status == 407) why += "; are the user and the password in its URL right?";
    co_return unusable(proxy, why);
  }
  // The server speaks second, whether with TLS or without.
  if (!buffer.empty()) co_return wrong_protocol(proxy);
  co_return Result<>();
}

std::string_view socks_refusal(char reply) {
  switch (reply) {
    case 1: return "general failure";
    case 2: return "not allowed by its rules";
    case 3: return "network unreachable";
    case 4: return "host unreachable";
    case 5: return "connection refused";
    case 6: return "it took too long";
    case 7: return "it makes no connections";
    case 8: return "it does not know this kind of address";
    default: return "for a reason that RFC 1928 does not know";
  }
}

// Sends this, if anything, and reads so many bytes.
asio::awaitable<Result<std::string>> converse(std::string bytes,
                                              std::size_t answer_size,
                                              Proxy proxy,
                                              tcp::socket* socket) {
  const auto sent = co_await asio::async_write(*socket, asio::buffer(bytes), as_tuple);
  const ErrorCode unsent = std::get<0>(sent);
  if (unsent) co_return broken_off(proxy, unsent);
  std::string answer(answer_size, '\0');
  const auto read = co_await asio::async_read(*socket, asio::buffer(answer), as_tuple);
  const ErrorCode failed = std::get<0>(read);
  if (failed) co_return broken_off(proxy, failed);
  co_return answer;
}

asio::awaitable<Result<>> log_in(Proxy proxy, tcp::socket* socket) {
  std::string offer{socks::version, 1, socks::without_login};
  if (!proxy.user.empty()) offer = {socks::version, 2, socks::without_login, socks::with_password};
  const auto chosen = co_await converse(offer, 2, proxy, socket);
  if (!chosen) co_return chosen.error();
  if (chosen->front() != socks::version) co_return wrong_protocol(proxy);
  const char way = chosen->back();
  if (way == socks::without_login) co_return Result<>();
  if (way != socks::with_password || proxy.user.empty()) {
    co_return unusable(proxy, proxy.user.empty() ? "wants a user and a password in its URL"
                                                 : "takes neither a password nor nobody");
  }
  std::string login{socks::password_version, static_cast<char>(proxy.user.size())};
  login += proxy.user + static_cast<char>(proxy.password.size()) + proxy.password;
  const auto verdict = co_await converse(login, 2, proxy, socket);
  if (!verdict) co_return verdict.error();
  if (verdict->back() != 0) co_return unusable(proxy, "refuses the user or the password");
  co_return Result<>();
}

// Nothing for a name that is too long.
std::string socks_address(const Authority& server) {
  ErrorCode is_name;
  const auto address = asio::ip::make_address(server.host, is_name);
  std::string bytes;
  if (!is_name && address.is_v4()) {
    bytes = socks::ipv4;
    for (const unsigned char byte : address.to_v4().to_bytes()) bytes += static_cast<char>(byte);
  } else if (!is_name) {
    bytes = socks::ipv6;
    for (const unsigned char byte : address.to_v6().to_bytes()) bytes += static_cast<char>(byte);
  } else {
    if (server.host.size() > 255) return "";
    bytes = {socks::name, static_cast<char>(server.host.size())};
    bytes += server.host;
  }
  bytes += static_cast<char>(server.port >> 8);
  bytes += static_cast<char>(server.port & 0xff);
  return bytes;
}

// Of the address in its answer, whose kind and first byte are known.
std::size_t rest_of_address(char kind, char first) {
  constexpr std::size_t port_size = 2;
  if (kind == socks::ipv4) return 3 + port_size;
  if (kind == socks::ipv6) return 15 + port_size;
  return static_cast<unsigned char>(first) + port_size;
}

asio::awaitable<Result<>> pass_socks(Proxy proxy, Authority server, tcp::socket* socket) {
  const std::string address = socks_address(server);
  if (address.empty()) co_return unusable(proxy, "takes no host name of more than 255 bytes");
  auto logged_in = co_await log_in(proxy, socket);
  if (!logged_in) co_return logged_in;
  const std::string request = std::string{socks::version, socks::connect, 0} + address;
  const auto verdict = co_await converse(request, 5, proxy, socket);
  if (!verdict) co_return verdict.error();
  const std::string& answer = *verdict;
  const char kind = answer[3];
  const bool is_known = kind == socks::ipv4 || kind == socks::ipv6 || kind == socks::name;
  if (answer[0] != socks::version) co_return wrong_protocol(proxy);
  if (answer[1] != 0) {
    const std::string why(socks_refusal(answer[1]));
    co_return unusable(proxy, "refuses to connect to " + server.text() + ": " + why);
  }
  if (!is_known) co_return wrong_protocol(proxy);
  const std::size_t rest_size = rest_of_address(kind, answer[4]);
  const auto rest = co_await converse("", rest_size, proxy, socket);
  if (!rest) co_return rest.error();
  co_return Result<>();
}

}  // namespace

asio::awaitable<Result<>> pass_proxy(Proxy proxy, Authority server, tcp::socket* socket) {
  switch (proxy.kind) {
    case Proxy::Kind::http: return pass_http(std::move(proxy), std::move(server), socket);
    case Proxy::Kind::socks5: return pass_socks(std::move(proxy), std::move(server), socket);
  }
  std::abort();
}

}  // namespace gthulhu::net
