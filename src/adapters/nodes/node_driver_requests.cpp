// SPDX-License-Identifier: Apache-2.0
//
// How a NodeDriver asks its node: connections and tokens.
#include <algorithm>
#include <utility>

#include "adapters/nodes/node_driver.h"
#include "wire/agent_client_json.h"

namespace gthulhu {

namespace {

// A token is exchanged anew this long before its end, or after half of its time if that is later.
constexpr std::chrono::minutes token_margin{1};

std::string url_of(const AgentAddress& address, bool tls) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return (tls ? "https://" : "http://") + (is_v6 ? "[" + address.host + "]" : address.host) + ":" +
         std::to_string(address.port);
}

}  // namespace

Error NodeDriver::is_other_node(const NodeName& name) const {
  return {Errc::forbidden,
          "the decision maker at node " + node_.str() + "'s address says that it is " + name.str(),
          ""};
}

Error NodeDriver::is_other_place() const {
  return {Errc::unavailable, "node " + node_.str() + " has another decision maker now", ""};
}

Result<std::unique_ptr<net::Channel>> NodeDriver::new_channel() const {
  const LinkCredentials& credentials = parts_.credentials;
  if (!address_) return is_other_place();
  net::ClientSettings settings;
  settings.url = url_of(*address_, credentials.identity != nullptr);
  settings.identity = credentials.identity;
  settings.server_name = credentials.server_name;
  const bool is_by_node = credentials.identity != nullptr && credentials.server_name.empty();
  if (is_by_node) settings.server_uri = "node:" + node_.str();
  settings.limits.body_bytes = 16UL * 1024 * 1024;
  return net::Channel::create(settings, parts_.executor);
}

net::Awaitable<Result<net::Response>> NodeDriver::exchange(net::ClientRequest request) {
  if (channel_ == nullptr || channel_identity_ != parts_.credentials.identity) {
    Result<std::unique_ptr<net::Channel>> made = new_channel();
    if (!made) co_return std::move(made).error();
    channel_ = std::move(*made);
    channel_identity_ = parts_.credentials.identity;
  }
  const int place = place_;
  Result<net::Response> response =
      co_await send_with_token(channel_.get(), std::move(request), parts_.pace.request);
  if (place != place_) co_return is_other_place();
  co_return response;
}

net::Awaitable<Result<net::Response>> NodeDriver::send_with_token(
    net::Channel* channel, net::ClientRequest request, std::chrono::milliseconds timeout) {
  if (channel == nullptr) co_return is_other_place();
  if (!needs_token(request)) co_return co_await channel->send(std::move(request), timeout);
  const int place = place_;
  const bool is_new = token_.empty() || parts_.clock.now() >= token_renewal_;
  if (is_new) {
    const Result<> renewed = co_await renew_token(channel);
    if (!renewed) co_return renewed.error();
  }
  // A token that was good may be void now, as after a restart. What is large is not kept for that.
  std::optional<net::ClientRequest> again;
  if (!is_new && request.body.empty()) again = request;
  const std::string token = token_;
  request.headers.set("Authorization", "Bearer " + token);
  Result<net::Response> response = co_await channel->send(std::move(request), timeout);
  if (place != place_) co_return is_other_place();
  if (!response || response->status != 401) co_return response;
  if (token_ == token) token_.clear();
  if (!again) co_return response;
  co_return co_await send_with_token(channel, std::move(*again), timeout);
}

bool NodeDriver::needs_token(const net::ClientRequest& request) const {
  const LinkCredentials& credentials = parts_.credentials;
  if (credentials.public_key_pem.empty()) return false;
  if (credentials.identity == nullptr) return true;
  // The certificate says enough, but to the Go system; the first question finds out which it is.
  return kind_ == Kind::go && request.target != ask_state().target;
}

net::Awaitable<Result<>> NodeDriver::renew_token(net::Channel* channel) {
  const LinkCredentials& credentials = parts_.credentials;
  const int place = place_;
  Result<net::Response> given = co_await channel->send(
      ask_token(credentials.public_key_pem, credentials.client_id), parts_.pace.request);
  if (place != place_) co_return is_other_place();
  if (!given) co_return std::move(given).error();
  const Result<wire::Value> data = data_of(*given);
  if (!data) co_return data.error();
  Result<wire::GivenToken> token = wire::decode_given_token(*data);
  if (!token) co_return std::move(token).error();
  token_ = std::move(token->text);
  // One that has ended already is of a node whose clock is wrong: it is good until it is refused.
  const std::chrono::milliseconds life = token->expires - parts_.clock.now();
  token_renewal_ = TimePoint::max();
  if (life.count() > 0) {
    token_renewal_ = token->expires - std::min<std::chrono::milliseconds>(token_margin, life / 2);
  }
  co_return Result<>();
}

net::Awaitable<Result<RunningPods>> NodeDriver::ask_what_runs() {
  if (!address_) {
    co_return Error{Errc::not_found, "no decision maker is known on node " + node_.str(), ""};
  }
  const Result<std::unique_ptr<net::Channel>> channel = new_channel();
  if (!channel) co_return channel.error();
  Result<net::Response> response =
      co_await send_with_token(channel->get(), ask_processes(), parts_.pace.request);
  if (!response) co_return std::move(response).error();
  const Result<wire::Value> data = data_of(*response);
  if (!data) {
    Error error = data.error();
    // What it refuses the manager is nothing that it refuses whoever asks the manager.
    const bool is_refused = error.code == Errc::unauthenticated || error.code == Errc::forbidden;
    if (is_refused) error.code = Errc::unavailable;
    co_return error;
  }
  co_return wire::decode_pod_processes(*data);
}

}  // namespace gthulhu
