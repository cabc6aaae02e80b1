// SPDX-License-Identifier: Apache-2.0
#include "net/connection.h"

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <ctime>

#include "net/task_group.h"

namespace gthulhu::net {

namespace asio = boost::asio;

namespace {

// A request on its way through a worker.
struct Exchange {
  Exchange(asio::io_context& context, Request asked) : request(std::move(asked)), wake(context) {}

  Request request;  // the worker's until `done`, as the next one is
  Response response;
  std::atomic<bool> abandoned{false};  // nobody waits for the response any more
  bool done = false;                   // network thread only
  asio::steady_timer wake;             // network thread only
};

std::string describe(const Request& request) {
  return request.method + " " + request.path;
}

Response call_handler(const Service& service, const Request& request) {
  std::string what = "an exception of unknown type";
  try {
    return service.handler.handle(request);
  } catch (const std::exception& failure) {
    what = failure.what();
  } catch (...) {
    // `what` says it.
  }
  if (service.report) {
    service.report({Errc::internal, "Internal Server Error", describe(request) + ": " + what});
  }
  return plain_error(500, reason_phrase(500));
}

RunsOn place_of(const Service& service, const Request& request) {
  try {
    return service.handler.runs_on(request);
  } catch (const std::exception&) {
    return RunsOn::worker;  // handle() meets the same trouble where it may take longer
  }
}

// False when the workers are overloaded.
bool send_to_worker(Service& service, WorkerPool& workers, std::shared_ptr<Exchange> exchange) {
  service.jobs.begin();
  const bool taken = workers.submit([exchange = std::move(exchange), &service]() mutable {
    if (!exchange->abandoned) exchange->response = call_handler(service, exchange->request);
    // The exchange goes along, so that its timer dies on the network thread.
    asio::post(service.context, [exchange = std::move(exchange)] {
      exchange->done = true;
      exchange->wake.cancel();
    });
    service.jobs.end();  // the server may be gone after this
  });
  if (!taken) service.jobs.end();
  return taken;
}

Response overloaded(std::string_view text) {
  return plain_error(503, text, std::chrono::seconds{1});
}

}  // namespace

void JobCount::begin() {
  const std::lock_guard lock(mutex_);
  ++running_;
}

void JobCount::end() {
  const std::lock_guard lock(mutex_);
  --running_;
  if (running_ == 0) none_.notify_all();  // under the lock: whoever waits destroys this
}

void JobCount::wait_for_none() {
  std::unique_lock lock(mutex_);
  none_.wait(lock, [this] { return running_ == 0; });
}

Connection::Connection(Transport transport, std::string peer, Kind kind, Service& service)
    : transport_(std::move(transport)),
      peer_(std::move(peer)),
      kind_(kind),
      service_(service),
      parser_(service.limits),
      buffer_(service.limits.head_bytes + 1024) {}

asio::awaitable<void> Connection::serve() {
  if (kind_ == Kind::over_limit) {
    request_id_ = service_.request_ids.next();
    request_complete_ = std::chrono::steady_clock::now();
    parser_.request().peer = peer_;
    parser_.request().request_id = request_id_;
    append(overloaded("too many connections"), false);
    const bool sent = co_await flush();
    if (sent) co_await say_goodbye(true);
    co_return;
  }
  if (kind_ == Kind::tls) {
    set_deadline(service_.limits.handshake);
    const auto failed = co_await transport_.accept_handshake();
    if (failed) co_return;
    certificate_ = transport_.certificate();
  }
  const bool answered = co_await serve_requests();
  if (!answered) co_return;
  const bool client_may_send = !parser_.complete() || !buffer_.empty();
  co_await say_goodbye(client_may_send);
}

// True when the last answer was sent, false when there is nobody to talk to.
asio::awaitable<bool> Connection::serve_requests() {
  for (;;) {
    const Reading reading = co_await read_request();
    if (reading == Reading::closed) co_return false;
    bool stays = false;
    {
      // Gone before its copy is sent: somebody may take long to read it.
      const Response response = co_await answer(reading);
      stays = reading == Reading::complete && parser_.keep_alive() && !service_.finishing;
      append_if_room(response, stays);
    }
    const std::size_t enough = service_.answers.is_full() ? 0 : service_.limits.unsent_bytes;
    if (!stays || unsent_.size() >= enough || !fixed_.empty()) {
      const bool sent = co_await flush();
      if (!sent || !stays) co_return sent;
    }
    sha256_ = std::move(parser_.request().sha256);
    parser_.restart();
  }
}

asio::awaitable<Connection::Reading> Connection::read_request() {
  phase_ = Phase::none;
  bool told_to_continue = false;
  for (;;) {
    understand();
    if (parser_.complete()) co_return Reading::complete;
    if (const Response* refusal = parser_.refusal()) {
      refusal_ = *refusal;
      co_return Reading::refused;
    }
    // There is nothing to answer at once, so what was answered goes out.
    if (parser_.expects_continue() && buffer_.empty() && !told_to_continue) {
      told_to_continue = true;
      unsent_ += "HTTP/1.1 100 Continue\r\n\r\n";
    }
    if (!unsent_.empty()) {
      const bool sent = co_await flush();
      if (!sent) co_return Reading::closed;
    }
    idle_ = !parser_.started();
    if (idle_ && service_.finishing) co_return Reading::closed;
    const asio::mutable_buffer space = buffer_.space();
    if (space.size() == 0) {
      refuse(400, "malformed HTTP request: a line is too long");
      co_return Reading::refused;
    }
    wait_in(idle_ ? Phase::idle : parser_.head_done() ? Phase::body : Phase::head);
    const Transport::Read read = co_await transport_.read_some(space);
    if (read.failed && expired_ && parser_.started()) {
      refuse(408, "the request came too slowly");
      co_return Reading::refused;
    }
    if (read.failed) co_return Reading::closed;
    buffer_.commit(read.bytes);
  }
}

asio::awaitable<Response> Connection::answer(Reading reading) {
  idle_ = false;
  request_complete_ = std::chrono::steady_clock::now();
  request_id_ = service_.request_ids.of(parser_.request().headers);
  Request& request = parser_.request();
  request.peer = peer_;
  request.peer_certificate = certificate_;
  request.request_id = request_id_;
  request.sha256 = std::move(sha256_);
  if (reading == Reading::refused) {
    co_return refusal_;
  }
  const RunsOn place = place_of(service_, request);
  if (place == RunsOn::network_thread) co_return call_handler(service_, request);
  // Earlier answers do not wait for this one.
  if (!unsent_.empty()) co_await flush();
  WorkerPool& workers = place == RunsOn::password_worker  ? service_.pools.password_workers
                        : place == RunsOn::waiting_worker ? service_.pools.waiting_workers
                                                          : service_.pools.workers;
  const char* busy = place == RunsOn::password_worker ? "the server is busy with other logins"
                                                      : "the server is overloaded";
  Response response = co_await answer_on_worker(&workers, busy);
  co_return response;
}

// `busy` is said when there are too many requests for them.
asio::awaitable<Response> Connection::answer_on_worker(WorkerPool* workers, std::string_view busy) {
  // Copies of what append() needs stay, should nobody wait for the worker any more.
  Request request = std::move(parser_.request());
  parser_.request().method = request.method;
  parser_.request().path = request.path;
  parser_.request().peer = request.peer;
  parser_.request().request_id = request.request_id;
  const auto exchange = std::make_shared<Exchange>(service_.context, std::move(request));
  deadline_ = MonotonicTime::max();  // the exchange has its own
  exchange->wake.expires_after(service_.limits.handler);
  if (!send_to_worker(service_, *workers, exchange)) co_return overloaded(busy);
  co_await exchange->wake.async_wait(as_tuple);
  if (exchange->done) {
    parser_.request() = std::move(exchange->request);
    co_return std::move(exchange->response);
  }
  exchange->abandoned = true;
  co_return overloaded("the request took too long");
}

asio::awaitable<bool> Connection::flush() {
  set_deadline(service_.limits.write);
  const AnswersUnderWay::Entry under_way(service_.answers, unsent_.capacity(), *this);
  auto failed = co_await transport_.write(asio::buffer(unsent_));
  if (!failed && !fixed_.empty()) failed = co_await transport_.write(asio::buffer(fixed_));
  fixed_ = {};
  unsent_.clear();
  if (unsent_.capacity() > service_.limits.unsent_bytes) unsent_.shrink_to_fit();
  co_return !failed;
}

// Closing while the client still sends would reset the connection, and the reset can overtake the
// answer (RFC 9112 section 9.6).
asio::awaitable<void> Connection::say_goodbye(bool client_may_send) {
  set_deadline(service_.limits.linger);
  const auto gone = co_await transport_.finish_writing();
  if (gone || !client_may_send) co_return;
  ReadBuffer waste(4096);
  const asio::mutable_buffer space = waste.space();
  for (std::size_t left = service_.limits.linger_bytes; left > 0 && !expired_;) {
    const Transport::Read read = co_await transport_.read_raw(space);
    if (read.failed) co_return;
    left -= std::min(left, read.bytes);
  }
}

// Feeds the parser what is there. It stops once between head and body.
void Connection::understand() {
  std::size_t consumed = 0;
  do {
    consumed = parser_.feed(buffer_.bytes());
    buffer_.consume(consumed);
  } while (consumed > 0);
}

// A phase has one deadline, however often bytes trickle in.
void Connection::wait_in(Phase phase) {
  if (phase != phase_) {
    phase_ = phase;
    phase_end_ = std::chrono::steady_clock::now() + limit_of(phase);
  }
  expired_ = false;
  deadline_ = phase_end_;
}

Milliseconds Connection::limit_of(Phase phase) const {
  switch (phase) {
    case Phase::none:
    case Phase::idle: return service_.limits.idle;
    case Phase::head: return service_.limits.head;
    case Phase::body: return service_.limits.body;
  }
  std::abort();
}

void Connection::refuse(int status, std::string_view text) {
  refusal_ = plain_error(status, text);
}

void Connection::append_if_room(const Response& response, bool keep_alive) {
  if (service_.answers.make_room(response.body.size())) {
    append(response, keep_alive);
    return;
  }
  Response refused = overloaded("others read their answers too slowly");
  refused.route = response.route;
  append(refused, keep_alive);
}

void Connection::cut_off() {
  Transport::ErrorCode ignored;  // there is nothing else that could be done
  transport_.socket().set_option(asio::socket_base::linger(true, 0), ignored);
  transport_.socket().close(ignored);
}

void Connection::append(const Response& response, bool keep_alive) {
  if (service_.answered) {
    service_.answered(
        {parser_.request(), response, std::chrono::steady_clock::now() - request_complete_});
  }
  const ResponseFraming framing{.to_head = parser_.request().method == "HEAD",
                                .keep_alive = keep_alive,
                                .http11 = parser_.is_http11(),
                                .request_id = request_id_,
                                .standard = &service_.standard_fields};
  const std::string& date = service_.date.at(std::time(nullptr));
  const auto appended = append_response(unsent_, response, framing, date);
  if (appended) {
    if (!framing.to_head) fixed_ = response.fixed_body;
    return;
  }
  if (service_.report) {
    service_.report(Error(appended.error()).in(describe(parser_.request())));
  }
  // Ours is well-formed.
  (void)append_response(unsent_, plain_error(500, reason_phrase(500)), framing, date);
}

void Connection::set_deadline(Milliseconds from_now) {
  expired_ = false;
  deadline_ = std::chrono::steady_clock::now() + from_now;
}

void Connection::check_deadline(MonotonicTime now) {
  if (now < deadline_) return;
  expired_ = true;
  deadline_ = MonotonicTime::max();
  transport_.cancel();
}

void Connection::finish_soon() {
  if (idle_) transport_.cancel();
}

}  // namespace gthulhu::net
