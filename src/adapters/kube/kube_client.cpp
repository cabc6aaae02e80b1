// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/kube_client.h"

#include <charconv>
#include <utility>

#include "wire/kube/kube_objects.h"

namespace gthulhu {

namespace {

std::chrono::seconds retry_after(const net::Response& response, const wire::KubeStatus& status) {
  std::chrono::seconds wait = status.retry_after;
  if (const std::string* text = response.headers.find("Retry-After"); text != nullptr) {
    std::int64_t seconds = 0;
    const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    if (failed == std::errc() && seconds > 0) wait = std::max(wait, std::chrono::seconds(seconds));
  }
  return std::min(wait, wire::retry_after_max);
}

Errc code_of(int http, const wire::KubeStatus& status) {
  switch (http) {
    case 401: return Errc::unauthenticated;
    case 403: return Errc::forbidden;
    case 404: return Errc::not_found;
    case 410: return Errc::stale;
    case 429: return Errc::too_many;
    default: return status.is_version_too_large ? Errc::conflict : Errc::unavailable;
  }
}

Error refusal(const net::Response& response) {
  const wire::KubeStatus status = wire::decode_kube_status(response.body);
  Error error{code_of(response.status, status),
              "the API server answers " + std::to_string(response.status) + ": " + status.message,
              status.reason};
  error.retry_after = retry_after(response, status);
  return error;
}

}  // namespace

Result<std::shared_ptr<net::Client>> KubeClient::connected() {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return Error{Errc::unavailable, "the client was stopped", ""};
    if (client_ != nullptr) return client_;
  }
  net::ClientSettings settings = TRY(access_.connection());
  settings.accept_gzip = true;
  std::shared_ptr<net::Client> made = TRY(net::Client::create(settings));
  const std::lock_guard lock(mutex_);
  if (stopped_) return Error{Errc::unavailable, "the client was stopped", ""};
  client_ = made;
  return made;
}

Result<> KubeClient::get(const std::string& target,
                         const net::Headers& headers,
                         const Sink& sink,
                         net::StreamTimeouts timeouts) {
  const std::shared_ptr<net::Client> client = TRY(connected());
  net::ClientRequest request{.target = target, .headers = TRY(access_.credentials())};
  for (const auto& [name, value] : headers.fields()) request.headers.add(name, value);
  Result<> taken;
  const auto take = [&](std::string_view piece) {
    taken = sink(piece);
    return taken.has_value();
  };
  Result<net::Response> response = client->stream(request, take, timeouts);
  if (taken && response && response->status == 200) return {};
  close();
  if (!taken) return taken;
  if (!response) return std::move(response).error();
  if (response->status == 401) access_.refused();
  return refusal(*response);
}

void KubeClient::close() {
  const std::lock_guard lock(mutex_);
  client_.reset();
}

void KubeClient::interrupt() {
  const std::lock_guard lock(mutex_);
  if (client_ != nullptr) client_->stop();
}

void KubeClient::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  if (client_ != nullptr) client_->stop();
}

}  // namespace gthulhu
