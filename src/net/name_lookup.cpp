// SPDX-License-Identifier: Apache-2.0
#include "net/name_lookup.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

#include "net/task_group.h"

namespace gthulhu::net {

namespace asio = boost::asio;
using asio::ip::tcp;

struct NameLookup::Search {
  explicit Search(const asio::any_io_executor& executor)
      : resolver(executor), wake(executor, std::chrono::steady_clock::time_point::max()) {}

  // Not a coroutine that waits for the resolver, as that one would be held up with it.
  static void begin(std::shared_ptr<Search> search, const std::string& host, std::uint16_t port) {
    try {
      tcp::resolver& resolver = search->resolver;
      resolver.async_resolve(
          host, std::to_string(port),
          [search](const ErrorCode& failed, const tcp::resolver::results_type& results) {
            search->outcome.failed = failed;
            for (const auto& entry : results) search->outcome.endpoints.push_back(entry.endpoint());
            search->is_done = true;
            search->wake.cancel();
          });
    } catch (const boost::system::system_error& failure) {
      search->outcome.failed = failure.code();  // no thread for the resolver
      search->is_done = true;
    }
  }

  tcp::resolver resolver;
  asio::steady_timer wake;
  bool is_done = false;
  Found outcome;
};

asio::awaitable<NameLookup::Found> NameLookup::find(std::string host, std::uint16_t port) {
  ErrorCode is_name;
  const auto address = asio::ip::make_address(host, is_name);
  if (!is_name) {
    Found found;
    found.endpoints.emplace_back(address, port);
    co_return found;
  }
  const auto search = std::make_shared<Search>(executor_);
  search_ = search;
  Search::begin(search, host, port);
  if (!search->is_done) co_await search->wake.async_wait(as_tuple);
  if (search_ == search) search_.reset();
  if (search->is_done) co_return std::move(search->outcome);
  co_return Found{asio::error::operation_aborted};
}

void NameLookup::cancel() {
  if (search_ != nullptr) search_->wake.cancel();
}

}  // namespace gthulhu::net
