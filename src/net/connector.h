// SPDX-License-Identifier: Apache-2.0
//
// From the settings of a client to a connection that requests can go over. For sources of net only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "net/client_identity.h"
#include "net/client_settings.h"
#include "net/name_lookup.h"
#include "net/proxy.h"
#include "net/transport.h"

namespace gthulhu::net {

// Where a client's connections lead, and whom it trusts there.
struct Destination {
  ServerUrl url;
  std::string written;                             // the URL as its users wrote it
  std::shared_ptr<const ClientIdentity> identity;  // null without TLS
  ExpectedServer expected;                         // likewise
  std::optional<Proxy> proxy;

  // Reads the CA file. Errc::invalid_argument for settings that cannot be used.
  static Result<Destination> of(const ClientSettings& settings);

  // "through the proxy …", or nothing.
  [[nodiscard]] std::string way() const;
  // Why there is no connection, and what to check.
  [[nodiscard]] Error no_connection(const boost::system::error_code& failed) const;
  [[nodiscard]] Error no_handshake(const boost::system::error_code& failed,
                                   std::string certificate_problem) const;
  // Of the first host on the way: the proxy, if there is one.
  [[nodiscard]] Error unreachable(const boost::system::error_code& failed) const;
  [[nodiscard]] Error unknown_host(const boost::system::error_code& failed) const;
};

// Makes one connection at a time.
//
// Coroutines of it must not outlive it. Threads: its loop's only.
class Connector {
 public:
  Connector(boost::asio::any_io_executor executor, Destination destination)
      : executor_(std::move(executor)), destination_(std::move(destination)), lookup_(executor_) {}

  // A connection, with the handshake of TLS behind it. Errc::unavailable. Waits as long as it
  // takes: whoever calls it calls cut_off() at its deadline.
  boost::asio::awaitable<Result<std::unique_ptr<Transport>>> connect();
  // Ends connect() with some error.
  void cut_off();

  [[nodiscard]] const Destination& destination() const { return destination_; }

 private:
  boost::asio::awaitable<Result<>> reach_server();
  boost::asio::awaitable<Result<>> open_socket(Authority host);
  boost::asio::awaitable<Result<>> shake_hands();
  [[nodiscard]] std::unique_ptr<Transport> unconnected() const;

  boost::asio::any_io_executor executor_;
  Destination destination_;
  NameLookup lookup_;
  std::unique_ptr<Transport> transport_;  // the one that is being connected
  bool is_cut_off_ = false;
};

}  // namespace gthulhu::net
