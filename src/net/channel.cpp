// SPDX-License-Identifier: Apache-2.0
#include "net/channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>
#include <limits>
#include <optional>

#include "net/answer_body.h"
#include "net/connector.h"
#include "net/message_parser.h"
#include "net/read_buffer.h"
#include "net/request_text.h"
#include "net/task_group.h"

namespace gthulhu::net {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using MonotonicTime = std::chrono::steady_clock::time_point;

namespace {

void feed(ResponseParser& parser, ReadBuffer& buffer) {
  buffer.consume(parser.feed(buffer.bytes()));
}

// Whether a kept connection looks alive: its end has not come, nor anything unasked for.
bool is_open(Transport& transport, bool speaks_tls) {
  pollfd look{.fd = transport.socket().native_handle(), .events = POLLIN | POLLRDHUP, .revents = 0};
  if (look.fd < 0 || ::poll(&look, 1, 0) < 0) return false;
  if (look.revents == 0) return true;
  // TLS 1.3 servers may send session tickets at any time.
  return speaks_tls && look.revents == POLLIN;
}

Error stopped() {
  return {Errc::unavailable, "the client was stopped", ""};
}

}  // namespace

struct Channel::State : std::enable_shared_from_this<State> {
  // What is asked, and how long it may take.
  struct Exchange {
    bool to_head = false;
    BodySink sink = {};  // of the body of a 200, if it is not to be kept
    std::chrono::milliseconds first{0};
    // After each piece of a body that is not kept, as much time again.
    std::chrono::milliseconds idle{0};
    std::string text = {};
  };
  class UnderWay;

  State(asio::any_io_executor executor, Destination destination, const ClientSettings& settings)
      : timer(executor),
        connector(std::move(executor), std::move(destination)),
        limits(settings.limits),
        accept_gzip(settings.accept_gzip) {}

  static asio::awaitable<Result<Response>> carry_out(std::shared_ptr<State> state,
                                                     ClientRequest request,
                                                     Exchange how);
  asio::awaitable<Result<Response>> attempt();
  asio::awaitable<Result<Response>> ask();
  void allow(std::chrono::milliseconds from_now);
  void watch_deadline();
  // Ends what the request waits for.
  void cut_off();
  // What an end before its time means.
  [[nodiscard]] std::optional<Error> early_end() const;
  [[nodiscard]] const Destination& server() const { return connector.destination(); }

  asio::steady_timer timer;  // never later than the deadline of a request under way
  MonotonicTime deadline;
  Connector connector;
  const ClientLimits limits;
  const bool accept_gzip;
  std::unique_ptr<Transport> transport;  // the connection that was kept, or is in use
  std::unique_ptr<Exchange> exchange;    // the present one
  bool answer_began = false;
  bool is_late = false;
  bool is_closed = false;
};

// The time in which a request owns the channel. It ends on every way out, also when the caller's
// task is cancelled: then nobody knows how much of an answer is still to come.
class Channel::State::UnderWay {
 public:
  UnderWay(State& state, Exchange how) : state_(state) {
    state_.is_late = false;
    state_.exchange = std::make_unique<Exchange>(std::move(how));
    state_.deadline = MonotonicTime::max();
    state_.allow(state_.exchange->first);
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  ~UnderWay() {
    state_.exchange.reset();
    state_.timer.cancel();
    if (!is_answered_) state_.cut_off();
    if (!is_answered_) state_.transport.reset();
  }

  void note_answer() { is_answered_ = true; }

 private:
  State& state_;
  bool is_answered_ = false;
};

Channel::Channel(std::shared_ptr<State> state) : state_(std::move(state)) {}

Channel::~Channel() {
  close();
}

Result<std::unique_ptr<Channel>> Channel::create(const ClientSettings& settings,
                                                 asio::any_io_executor executor) {
  Destination destination = TRY(Destination::of(settings));
  try {
    auto state = std::make_shared<State>(std::move(executor), std::move(destination), settings);
    return std::unique_ptr<Channel>(new Channel(std::move(state)));
  } catch (const boost::system::system_error& failure) {
    return Error{Errc::unavailable, "the client cannot be set up", failure.what()};
  }
}

asio::awaitable<Result<Response>> Channel::send(ClientRequest request,
                                                std::chrono::milliseconds timeout) {
  return State::carry_out(state_, std::move(request), {.first = timeout});
}

asio::awaitable<Result<Response>> Channel::stream(ClientRequest request,
                                                  BodySink sink,
                                                  StreamTimeouts timeouts) {
  return State::carry_out(state_, std::move(request),
                          {.sink = std::move(sink), .first = timeouts.head, .idle = timeouts.idle});
}

void Channel::close() {
  state_->is_closed = true;
  state_->cut_off();
  if (!state_->exchange) state_->transport.reset();
}

asio::awaitable<Result<Response>> Channel::State::carry_out(std::shared_ptr<State> state,
                                                            ClientRequest request,
                                                            Exchange how) {
  if (state->is_closed) co_return stopped();
  if (state->exchange) {
    co_return Error{Errc::conflict, "another request to this server is under way", ""};
  }
  auto text = request_text(request, state->server().url, state->accept_gzip);
  if (!text) co_return std::move(text).error();
  request.body = {};  // it is in the text, once is enough
  how.text = std::move(*text);
  how.to_head = request.method == "HEAD";
  UnderWay under_way(*state, std::move(how));
  if (state->transport != nullptr && !is_open(*state->transport, state->server().url.tls)) {
    state->transport.reset();
  }
  const bool was_kept = state->transport != nullptr;
  auto response = co_await state->attempt();
  // The server may close a connection that it kept in the instant in which it is used again.
  const bool closed_meanwhile = !response && was_kept && !state->answer_began &&
                                !state->early_end() && response.error().code == Errc::unavailable;
  if (closed_meanwhile && is_repeatable(request.method)) response = co_await state->attempt();
  const auto ended = state->early_end();
  if (ended && (!response || state->is_closed)) co_return *ended;
  if (response && !ended) under_way.note_answer();
  co_return response;
}

asio::awaitable<Result<Response>> Channel::State::attempt() {
  answer_began = false;
  if (transport == nullptr) {
    auto connected = co_await connector.connect();
    if (!connected) co_return std::move(connected).error();
    transport = std::move(*connected);
  }
  if (early_end()) co_return server().no_connection(asio::error::operation_aborted);
  auto response = co_await ask();
  if (!response) transport.reset();
  co_return response;
}

asio::awaitable<Result<Response>> Channel::State::ask() {
  const ErrorCode unsent = co_await transport->write(asio::buffer(exchange->text));
  // A server that refuses a body answers and stops reading: what it said counts.
  ClientLimits bounds = limits;
  if (exchange->sink) bounds.body_bytes = std::numeric_limits<std::size_t>::max();
  auto parser = std::make_unique<ResponseParser>(bounds, exchange->to_head);
  AnswerBody body(exchange->sink, {accept_gzip, exchange->to_head, limits.body_bytes});
  ReadBuffer buffer(limits.head_bytes + 1024);
  bool has_head = false;  // of a body that goes to the sink
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
          bounds, exchange->to_head);  // an interim answer; the real one follows
      feed(*parser, buffer);
    }
    Response& response = parser->response();
    // The head is the first sign of life; of a watch where nothing happens the only one for long.
    const bool is_stream = exchange->sink && response.status == 200;
    if (is_stream && parser->head_done()) {
      allow(exchange->idle);
      if (!std::exchange(has_head, true) && !exchange->sink({})) {
        transport.reset();
        co_return std::move(response);
      }
    }
    const auto is_more_wanted = body.take(response);
    if (!is_more_wanted) co_return is_more_wanted.error();
    if (!*is_more_wanted) {
      transport.reset();
      co_return std::move(response);
    }
    if (parser->failure()) co_return *parser->failure();
    if (read.failed && !parser->complete()) {
      co_return server().no_connection(unsent ? unsent : read.failed);
    }
  }
  if (!parser->keep_alive() || unsent || !buffer.empty()) transport.reset();
  const auto whole = body.finish(parser->response());
  if (!whole) co_return whole.error();
  co_return std::move(parser->response());
}

void Channel::State::allow(std::chrono::milliseconds from_now) {
  const bool is_watched = deadline != MonotonicTime::max();
  deadline = std::chrono::steady_clock::now() + from_now;
  // A timer that goes off too early looks again, so that pieces that come fast cost nothing.
  if (!is_watched || deadline < timer.expiry()) watch_deadline();
}

void Channel::State::watch_deadline() {
  timer.expires_at(deadline);
  timer.async_wait([weak = weak_from_this()](const ErrorCode& cancelled) {
    const auto state = weak.lock();
    if (cancelled || state == nullptr || !state->exchange) return;
    if (std::chrono::steady_clock::now() < state->deadline) {
      state->watch_deadline();
      return;
    }
    state->is_late = true;
    state->cut_off();
  });
}

void Channel::State::cut_off() {
  connector.cut_off();
  if (transport != nullptr) transport->close();
}

std::optional<Error> Channel::State::early_end() const {
  if (is_closed) return stopped();
  if (!is_late) return std::nullopt;
  return Error{Errc::timeout,
               "no answer from " + server().url.authority() + server().way() + " in time",
               "it was reached but is slow, or a firewall drops the packets"};
}

}  // namespace gthulhu::net
