// SPDX-License-Identifier: Apache-2.0
#include "net/client.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <optional>

#include "net/channel.h"
#include "net/task_group.h"

namespace gthulhu::net {

namespace asio = boost::asio;

namespace {

using Outcome = std::optional<Result<Response>>;

asio::awaitable<void> keep(asio::awaitable<Result<Response>> request, Outcome* outcome) {
  auto response = co_await std::move(request);
  *outcome = std::move(response);
}

}  // namespace

struct Client::Session {
  // Runs the loop until the request has ended.
  Result<Response> finish(asio::awaitable<Result<Response>> request);

  asio::io_context context{1};
  TaskGroup tasks{context.get_executor(), {}};
  std::unique_ptr<Channel> channel;
  std::atomic<bool> stopped = false;
};

Client::Client(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::create(const ClientSettings& settings) {
  try {
    auto session = std::make_unique<Session>();
    session->channel = TRY(Channel::create(settings, session->context.get_executor()));
    return std::unique_ptr<Client>(new Client(std::move(session)));
  } catch (const boost::system::system_error& failure) {
    return Error{Errc::unavailable, "the client cannot be set up", failure.what()};
  }
}

Result<Response> Client::send(const ClientRequest& request, std::chrono::milliseconds timeout) {
  return session_->finish(session_->channel->send(request, timeout));
}

Result<Response> Client::stream(const ClientRequest& request,
                                const BodySink& sink,
                                StreamTimeouts timeouts) {
  return session_->finish(session_->channel->stream(request, sink, timeouts));
}

void Client::stop() {
  session_->stopped = true;
  asio::post(session_->context, [session = session_.get()] { session->channel->close(); });
}

Result<Response> Client::Session::finish(asio::awaitable<Result<Response>> request) {
  // The loop may have been left before it saw that it was stopped.
  if (stopped) channel->close();
  Outcome outcome;
  context.restart();
  tasks.spawn(keep(std::move(request), &outcome));
  while (tasks.size() > 0) context.run_one();
  if (!outcome) return Error{Errc::internal, "the request was not finished", ""};
  return std::move(*outcome);
}

}  // namespace gthulhu::net
