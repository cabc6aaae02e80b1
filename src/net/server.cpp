// SPDX-License-Identifier: Apache-2.0
#include "net/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <set>

#include "net/connection.h"
#include "net/task_group.h"
#include "net/tls_context.h"

namespace gthulhu::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace {

std::string text_of(const tcp::endpoint& endpoint) {
  asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return ListenAddress{address.to_string(), endpoint.port()}.text();
}

Error cannot_listen(const ListenAddress& address, const ErrorCode& failed) {
  std::string why = "cannot listen on " + address.text() + ": " + failed.message();
  if (failed == asio::error::address_in_use) why += "; does another program (or gthulhu) use it?";
  if (failed == asio::error::access_denied) why += "; ports below 1024 need CAP_NET_BIND_SERVICE";
  return {Errc::unavailable, std::move(why), ""};
}

Result<tcp::endpoint> endpoint_of(asio::io_context& context, const ListenAddress& address) {
  ErrorCode failed;
  const auto number = asio::ip::make_address(address.host, failed);
  if (!failed) return tcp::endpoint(number, address.port);
  tcp::resolver resolver(context);
  const auto found = resolver.resolve(address.host, std::to_string(address.port), failed);
  if (failed) return cannot_listen(address, failed);
  for (const auto& candidate : found) {
    if (candidate.endpoint().address().is_v4()) return candidate.endpoint();
  }
  return found.begin()->endpoint();
}

ErrorCode listen_at(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, bool all_addresses) {
  ErrorCode failed;
  ErrorCode ignored;
  acceptor.close(ignored);
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed && all_addresses) acceptor.set_option(asio::ip::v6_only(false), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  return failed;
}

Result<> listen_on(tcp::acceptor& acceptor,
                   asio::io_context& context,
                   const ListenAddress& address) {
  if (address.host.empty()) {
    if (!listen_at(acceptor, tcp::endpoint(tcp::v6(), address.port), true)) return {};
    // A machine without IPv6.
    const auto failed = listen_at(acceptor, tcp::endpoint(tcp::v4(), address.port), false);
    if (failed) return cannot_listen(address, failed);
    return {};
  }
  const tcp::endpoint endpoint = TRY(endpoint_of(context, address));
  const auto failed = listen_at(acceptor, endpoint, false);
  if (failed) return cannot_listen(address, failed);
  return {};
}

}  // namespace

struct Server::Core {
  Core(NetworkThread& thread, WorkerPools pools, Handler& handler, ServerSettings settings)
      : network(thread),
        service{thread.context(),
                pools,
                handler,
                settings.limits,
                std::move(settings.report),
                std::move(settings.answered),
                StandardFields(settings.every_answer),
                RequestIds(std::move(settings.request_id_prefix))},
        acceptor(thread.context()),
        tick(thread.context()),
        housekeeping(thread.context().get_executor(), service.report),
        connections(thread.context().get_executor(), service.report) {}

  asio::awaitable<void> accept_connections();
  asio::awaitable<void> watch_deadlines();
  asio::awaitable<void> serve(std::unique_ptr<Connection> connection,
                              std::shared_ptr<TlsContext> its_tls);
  void admit(tcp::socket socket);
  void publish_count() {
    if (connection_count != nullptr) connection_count->store(open.size());
  }

  NetworkThread& network;
  Service service;
  std::shared_ptr<TlsContext> tls;  // network thread only, once it serves; null without TLS
  bool speaks_tls = false;
  std::atomic<std::size_t>* connection_count = nullptr;
  tcp::acceptor acceptor;
  asio::steady_timer tick;
  std::uint16_t port = 0;
  std::set<Connection*> open;  // network thread only
  bool stopped = false;        // of whoever calls stop()
  TaskGroup housekeeping;
  TaskGroup connections;
};

asio::awaitable<void> Server::Core::accept_connections() {
  asio::steady_timer pause(service.context);
  bool reported = false;
  while (!service.finishing) {
    tcp::socket socket(service.context);
    const auto outcome = co_await acceptor.async_accept(socket, as_tuple);
    const ErrorCode failed = std::get<0>(outcome);
    if (failed == asio::error::operation_aborted) co_return;
    if (!failed) {
      reported = false;
      admit(std::move(socket));
      continue;
    }
    if (!reported && service.report) {
      service.report({Errc::unavailable, "no connection can be accepted", failed.message()});
    }
    reported = true;  // once, not at each try
    pause.expires_after(service.limits.accept_pause);
    co_await pause.async_wait(as_tuple);
  }
}

void Server::Core::admit(tcp::socket socket) {
  ErrorCode failed;
  const tcp::endpoint peer = socket.remote_endpoint(failed);
  if (failed || service.finishing) return;
  socket.set_option(tcp::no_delay(true), failed);
  const bool full = open.size() >= service.limits.connections;
  // A client that speaks TLS would not understand a plain answer.
  if (full &&
      (tls || open.size() >= service.limits.connections + service.limits.refused_connections)) {
    return;
  }
  const auto kind = full  ? Connection::Kind::over_limit
                    : tls ? Connection::Kind::tls
                          : Connection::Kind::plain;
  Transport transport = tls ? Transport(std::move(socket), *tls) : Transport(std::move(socket));
  connections.spawn(
      serve(std::make_unique<Connection>(std::move(transport), text_of(peer), kind, service), tls));
}

// `its_tls` lives as long as the connection, also when the server has another one by then.
asio::awaitable<void> Server::Core::serve(std::unique_ptr<Connection> connection,
                                          [[maybe_unused]] std::shared_ptr<TlsContext> its_tls) {
  // Leaves the list on every way out, also when it is cut off.
  struct Listed {
    Core& core;
    Connection* entry;
    Listed(Core& in, Connection* what) : core(in), entry(what) {
      core.open.insert(entry);
      core.publish_count();
    }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;
    ~Listed() {
      core.open.erase(entry);
      core.publish_count();
    }
  };
  const Listed listed(*this, connection.get());
  if (open.size() == 1) tick.cancel();  // the watch sleeps while there is nothing to watch
  co_await connection->serve();
}

asio::awaitable<void> Server::Core::watch_deadlines() {
  constexpr std::chrono::hours sleep{1};
  for (;;) {
    if (open.empty()) {
      tick.expires_after(sleep);
    } else {
      tick.expires_after(service.limits.deadline_tick);
    }
    co_await tick.async_wait(as_tuple);
    const auto now = std::chrono::steady_clock::now();
    for (Connection* connection : open) connection->check_deadline(now);
  }
}

Server::Server(std::unique_ptr<Core> core) : core_(std::move(core)) {}

Result<std::unique_ptr<Server>> Server::start(NetworkThread& network,
                                              WorkerPools pools,
                                              Handler& handler,
                                              ServerSettings settings) {
  const ListenAddress address = settings.address;
  std::atomic<std::size_t>* const connection_count = settings.connections;
  std::unique_ptr<TlsContext> tls;
  if (settings.tls) tls = TRY(server_tls(*settings.tls));
  auto core = std::make_unique<Core>(network, pools, handler, std::move(settings));
  core->connection_count = connection_count;
  core->speaks_tls = tls != nullptr;
  core->tls = std::move(tls);
  TRY(listen_on(core->acceptor, network.context(), address));
  ErrorCode failed;
  core->port = core->acceptor.local_endpoint(failed).port();
  if (failed) return cannot_listen(address, failed);
  network.post([raw = core.get()] {
    raw->housekeeping.spawn(raw->accept_connections());
    raw->housekeeping.spawn(raw->watch_deadlines());
  });
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

Server::~Server() {
  stop(std::chrono::milliseconds{0});
  core_->service.jobs.wait_for_none();
}

std::uint16_t Server::port() const {
  return core_->port;
}

Result<> Server::change_tls(const TlsSettings& settings) {
  if (!core_->speaks_tls) return Error{Errc::invalid_argument, "the server began without TLS", ""};
  std::shared_ptr<TlsContext> tls = TRY(server_tls(settings));
  core_->network.post([core = core_.get(), tls = std::move(tls)] { core->tls = tls; });
  return {};
}

bool Server::stop(std::chrono::milliseconds grace) {
  if (core_->stopped) return true;
  core_->stopped = true;
  core_->network.post([core = core_.get()] {
    core->service.finishing = true;
    ErrorCode ignored;  // closing a listening socket cannot fail in a way that matters
    core->acceptor.close(ignored);
    for (Connection* connection : core->open) connection->finish_soon();
  });
  const bool all_answered = core_->connections.stop(grace);
  core_->housekeeping.stop(std::chrono::milliseconds{0});
  return all_answered;
}

}  // namespace gthulhu::net
