// SPDX-License-Identifier: Apache-2.0
//
// For tests: a port of this machine where a test answers by hand.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/owned.h"

namespace gthulhu::net {

class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CHECK(socket_.valid());
    CHECK(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
    CHECK(::listen(socket_.get(), 8) == 0);
    CHECK(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int descriptor() const { return socket_.get(); }

  // Takes one connection and reads a request head.
  [[nodiscard]] Fd accept(std::string* request = nullptr) const {
    Fd peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    char head[4096];
    const auto size = ::recv(peer.get(), head, sizeof head, 0);
    if (request != nullptr && size > 0) request->assign(head, static_cast<std::size_t>(size));
    return peer;
  }
  // The same, and sends these bytes.
  void answer_once(std::string_view bytes) const {
    const Fd peer = accept();
    (void)::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

 private:
  Fd socket_;
  std::uint16_t port_ = 0;
};

}  // namespace gthulhu::net
