// SPDX-License-Identifier: Apache-2.0
#include "cli/api_client.h"

#include "wire/envelope.h"

namespace gthulhu {

namespace {

constexpr std::chrono::seconds patience{30};

Errc code_of(int status) {
  switch (status) {
    case 400:
    case 422: return Errc::invalid_argument;
    case 401: return Errc::unauthenticated;
    case 403: return Errc::forbidden;
    case 404: return Errc::not_found;
    case 409: return Errc::conflict;
    case 412: return Errc::stale;
    case 413: return Errc::too_large;
    case 429: return Errc::too_many;
    case 501: return Errc::unsupported;
    case 503: return Errc::unavailable;
    case 504: return Errc::timeout;
    default: return Errc::internal;
  }
}

}  // namespace

Result<ApiClient> ApiClient::open(std::string server, std::string token) {
  net::ClientSettings settings;
  settings.url = std::move(server);
  return ApiClient(TRY(net::Client::create(settings)), std::move(token),
                   "run `gthulhu login` again");
}

Result<ApiClient> ApiClient::open_node(std::string server, std::string token, std::string ca_file) {
  net::ClientSettings settings;
  settings.url = std::move(server);
  settings.ca_file = std::move(ca_file);
  return ApiClient(TRY(net::Client::create(settings)), std::move(token),
                   "the key must be that of the decision maker at this address");
}

Result<wire::Value> ApiClient::get(const std::string& target) {
  net::ClientRequest wanted;
  wanted.target = target;
  return request(std::move(wanted));
}

Result<wire::Value> ApiClient::send(std::string method,
                                    const std::string& target,
                                    const wire::Value& body) {
  net::ClientRequest wanted;
  wanted.method = std::move(method);
  wanted.target = target;
  wanted.headers.add("Content-Type", "application/json");
  wanted.body = wire::to_text(body);
  return request(std::move(wanted));
}

Result<wire::Value> ApiClient::request(net::ClientRequest request) {
  if (!token_.empty()) request.headers.add("Authorization", "Bearer " + token_);
  const net::Response response = TRY(client_->send(request, patience));
  Result<wire::Envelope> envelope = wire::parse_envelope(response.body);
  if (response.status == 200 && envelope) return std::move(envelope->data);
  std::string text = envelope ? envelope->error : "";
  if (text.empty()) {
    text = "the server answered " + std::to_string(response.status) +
           ", which is no answer of a server of Gthulhu";
  }
  if (response.status == 401 && !token_.empty()) text += "; " + when_refused_;
  return Error{response.status == 200 ? Errc::corrupt : code_of(response.status), std::move(text),
               ""};
}

}  // namespace gthulhu
