// SPDX-License-Identifier: Apache-2.0
#include "net/client.h"

#include <sys/socket.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>

#include "net/message_parser.h"
#include "net/read_buffer.h"
#include "net/response_head.h"
#include "net/task_group.h"
#include "net/transport.h"

namespace gthulhu::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Endpoints = std::vector<tcp::endpoint>;

namespace {

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) {
    return Error{Errc::invalid_argument, "the CA file " + path + " cannot be read", ""};
  }
  // Nothing would mean the roots of the system.
  if (text.empty()) return Error{Errc::invalid_argument, "the CA file " + path + " is empty", ""};
  return text;
}

// The whole request as bytes.
Result<std::string> text_of(const ClientRequest& request, const ServerUrl& url) {
  const bool target_fits = request.target.starts_with('/') && is_field_value(request.target) &&
                           request.target.find(' ') == std::string::npos;
  if (!is_token(request.method) || !target_fits) {
    return Error{Errc::invalid_argument, "this request cannot be sent",
                 request.method + " " + request.target};
  }
  std::string text = request.method + " " + url.path + request.target +
                     " HTTP/1.1\r\nHost: " + url.authority() + "\r\n";
  for (const auto& [name, value] : request.headers.fields()) {
    if (!is_token(name) || !is_field_value(value)) {
      return Error{Errc::invalid_argument, "a header field cannot be sent", name};
    }
    text += name + ": " + value + "\r\n";
  }
  const bool empty_post = request.method == "POST" || request.method == "PUT";
  if (!request.body.empty() || empty_post) {
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  text += "\r\n" + request.body;
  return text;
}

// Whether doing it twice is the same as doing it once (RFC 9110 section 9.2.2).
bool is_repeatable(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" ||
         method == "OPTIONS";
}

void feed(ResponseParser& parser, ReadBuffer& buffer) {
  buffer.consume(parser.feed(buffer.bytes()));
}

}  // namespace

struct Client::Session {
  using MonotonicTime = std::chrono::steady_clock::time_point;
  struct Exchange {
    std::string text = {};  // of the request
    bool to_head = false;
    const BodySink* sink = nullptr;  // of the body of a 200, if it is not to be kept
    std::chrono::milliseconds first{0};
    // After each piece of a body that is not kept, as much time again.
    std::chrono::milliseconds idle{0};
  };

  explicit Session(ClientSettings with) : settings(std::move(with)) {}

  Result<Response> send(const ClientRequest& request, Exchange how);
  Result<Response> attempt();
  asio::awaitable<void> carry_out(Endpoints endpoints);
  asio::awaitable<Result<>> connect(Endpoints endpoints);
  asio::awaitable<Result<Response>> ask();
  // False: the sink wants no more.
  bool hand_over(Response& response);
  Result<Endpoints> look_up();
  [[nodiscard]] Error no_connection(const ErrorCode& failed) const;
  [[nodiscard]] Error no_handshake(const ErrorCode& failed) const;
  [[nodiscard]] bool is_open();

  ClientSettings settings;
  ServerUrl url;
  asio::io_context context{1};
  TaskGroup tasks{context.get_executor(), {}};
  std::unique_ptr<TlsContext> tls;
  std::unique_ptr<Transport> transport;  // the connection that was kept
  Exchange exchange;                     // the present one
  std::optional<Result<Response>> outcome;
  bool answer_began = false;
  MonotonicTime deadline;
  std::atomic<bool> stopped = false;
};

Client::Client(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::create(ClientSettings settings) {
  const ServerUrl url = TRY(parse_server_url(settings.url));
  try {
    auto session = std::make_unique<Session>(std::move(settings));
    session->url = url;
    if (url.tls) {
      ClientSettings& own = session->settings;
      if (!own.ca_file.empty()) own.ca_pem = TRY(read_file(own.ca_file));
      session->tls = TRY(client_tls({.ca_pem = own.ca_pem,
                                     .certificate_pem = own.certificate_pem,
                                     .private_key_pem = own.private_key_pem}));
    }
    return std::unique_ptr<Client>(new Client(std::move(session)));
  } catch (const boost::system::system_error& failure) {
    return Error{Errc::unavailable, "the client cannot be set up", failure.what()};
  }
}

Result<Response> Client::send(const ClientRequest& request, std::chrono::milliseconds timeout) {
  return session_->send(request, {.first = timeout});
}

Result<Response> Client::stream(const ClientRequest& request,
                                const BodySink& sink,
                                StreamTimeouts timeouts) {
  return session_->send(request, {.sink = &sink, .first = timeouts.head, .idle = timeouts.idle});
}

void Client::stop() {
  session_->stopped = true;
  asio::post(session_->context, [this] { session_->tasks.cancel(); });
}

Result<Response> Client::Session::send(const ClientRequest& request, Exchange how) {
  how.text = TRY(text_of(request, url));
  how.to_head = request.method == "HEAD";
  exchange = std::move(how);
  deadline = std::chrono::steady_clock::now() + exchange.first;
  if (!is_open()) transport.reset();
  const bool reused = transport != nullptr;
  auto response = attempt();
  // The server may close a connection that it kept in the instant in which it is used again.
  const bool closed_meanwhile = !response && reused && !answer_began && !stopped &&
                                response.error().code == Errc::unavailable;
  if (!closed_meanwhile || !is_repeatable(request.method)) return response;
  return attempt();
}

Result<Response> Client::Session::attempt() {
  Endpoints endpoints;
  if (!transport) endpoints = TRY(look_up());
  outcome.reset();
  answer_began = false;
  context.restart();
  tasks.spawn(carry_out(std::move(endpoints)));
  // Each piece may have moved the deadline.
  while (tasks.size() > 0 && !stopped && context.run_one_until(deadline) > 0) {
  }
  if (tasks.size() > 0) {
    tasks.cancel();
    context.restart();
    context.run();
    transport.reset();
    if (stopped) return Error{Errc::unavailable, "the client was stopped", ""};
    if (!outcome || !*outcome) {
      return Error{Errc::timeout, "no answer from " + url.authority() + " in time",
                   "it was reached but is slow, or a firewall drops the packets"};
    }
  }
  if (!outcome) return Error{Errc::internal, "the request was not finished", ""};
  if (!*outcome) transport.reset();
  return std::move(*outcome);
}

asio::awaitable<void> Client::Session::carry_out(Endpoints endpoints) {
  if (!transport) {
    auto connected = co_await connect(std::move(endpoints));
    if (!connected) {
      outcome = std::move(connected).error();
      co_return;
    }
  }
  auto response = co_await ask();
  outcome = std::move(response);
}

Result<Endpoints> Client::Session::look_up() {
  ErrorCode failed;
  const auto number = asio::ip::make_address(url.host, failed);
  if (!failed) return Endpoints{tcp::endpoint(number, url.port)};
  tcp::resolver resolver(context);
  const auto found = resolver.resolve(url.host, std::to_string(url.port), failed);
  if (failed) {
    return Error{Errc::unavailable,
                 "the host " + url.host + " is not known: " + failed.message() +
                     "; check the name in " + settings.url,
                 ""};
  }
  Endpoints endpoints;
  for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  return endpoints;
}

asio::awaitable<Result<>> Client::Session::connect(Endpoints endpoints) {
  tcp::socket socket(context);
  const auto connected = co_await asio::async_connect(socket, endpoints, as_tuple);
  const ErrorCode failed = std::get<0>(connected);
  if (failed) co_return no_connection(failed);
  ErrorCode ignored;  // it is only slower without
  socket.set_option(tcp::no_delay(true), ignored);
  if (!tls) {
    transport = std::make_unique<Transport>(std::move(socket));
    co_return Result<>();
  }
  transport = std::make_unique<Transport>(std::move(socket), *tls);
  std::string name = settings.server_name.empty() ? url.host : settings.server_name;
  const ErrorCode refused = co_await transport->connect_handshake(std::move(name));
  if (refused) co_return no_handshake(refused);
  co_return Result<>();
}

asio::awaitable<Result<Response>> Client::Session::ask() {
  const ErrorCode unsent = co_await transport->write(asio::buffer(exchange.text));
  // A server that refuses a body answers and stops reading: what it said counts.
  ClientLimits limits = settings.limits;
  if (exchange.sink != nullptr) limits.body_bytes = std::numeric_limits<std::size_t>::max();
  auto parser = std::make_unique<ResponseParser>(limits, exchange.to_head);
  ReadBuffer buffer(settings.limits.head_bytes + 1024);
  while (!parser->complete()) {
    const asio::mutable_buffer space = buffer.space();
    if (space.size() == 0) co_return Error{Errc::corrupt, "the answer is not HTTP", "endless line"};
    const Transport::Read read = co_await transport->read_some(space);
    if (read.failed) {
      parser->feed_end();
    } else {
      answer_began = true;
      buffer.commit(read.bytes);
      feed(*parser, buffer);
    }
    if (parser->complete() && parser->response().status < 200) {
      parser = std::make_unique<ResponseParser>(
          limits, exchange.to_head);  // an interim answer; the real one follows
      feed(*parser, buffer);
    }
    if (!hand_over(parser->response())) {
      transport.reset();
      co_return std::move(parser->response());
    }
    if (parser->failure()) co_return *parser->failure();
    if (read.failed && !parser->complete()) co_return no_connection(unsent ? unsent : read.failed);
  }
  if (!parser->keep_alive() || unsent || !buffer.empty()) transport.reset();
  co_return std::move(parser->response());
}

bool Client::Session::hand_over(Response& response) {
  if (exchange.sink == nullptr || response.body.empty()) return true;
  // What is no 200 says what is wrong, in few words.
  if (response.status != 200) return response.body.size() <= settings.limits.body_bytes;
  deadline = std::chrono::steady_clock::now() + exchange.idle;
  const bool is_more_wanted = (*exchange.sink)(response.body);
  response.body.clear();
  return is_more_wanted;
}

Error Client::Session::no_connection(const ErrorCode& failed) const {
  std::string text = "no connection to " + url.authority() + ": " + failed.message();
  if (failed == asio::error::connection_refused) {
    text += "; nothing listens there: is the server running, and is the port right?";
  } else if (failed == asio::error::eof || failed == asio::error::connection_reset) {
    text = "the connection to " + url.authority() +
           " was closed without an answer; does the server expect " +
           (tls ? "http://, or a client certificate?" : "https://?");
  }
  return {Errc::unavailable, std::move(text), ""};
}

Error Client::Session::no_handshake(const ErrorCode& failed) const {
  return {Errc::unavailable,
          "no TLS connection to " + url.authority() + ": " + failed.message() +
              "; check the CA file, and that the certificate is for this name",
          ""};
}

// Whether the kept connection looks alive: nothing to read, not even its end.
bool Client::Session::is_open() {
  if (!transport) return false;
  char byte = 0;
  const auto size = ::recv(transport->socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  // TLS 1.3 servers may send session tickets at any time.
  if (size > 0) return tls != nullptr;
  return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace gthulhu::net
