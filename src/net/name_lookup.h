// SPDX-License-Identifier: Apache-2.0
//
// A host's addresses, asked for without blocking the loop. For sources of net only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gthulhu::net {

// One look-up at a time. The system's resolver cannot be interrupted: a look-up that nobody waits
// for any more ends by itself, others of the same loop queue behind it, and the loop's destructor
// waits for it. An address is no look-up and takes no time.
//
// Coroutines of it must not outlive it. Threads: its loop's only.
class NameLookup {
 public:
  using ErrorCode = boost::system::error_code;
  struct Found {
    ErrorCode failed;
    std::vector<boost::asio::ip::tcp::endpoint> endpoints = {};
  };

  explicit NameLookup(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  // `host` is a name or an address. Waits as long as it takes: whoever calls it calls cancel() at
  // its deadline.
  boost::asio::awaitable<Found> find(std::string host, std::uint16_t port);
  // Ends find() with operation_aborted.
  void cancel();

 private:
  struct Search;
  boost::asio::any_io_executor executor_;
  std::shared_ptr<Search> search_;  // the one under way; shared with the resolver
};

}  // namespace gthulhu::net
