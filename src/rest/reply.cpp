// SPDX-License-Identifier: Apache-2.0
#include "rest/reply.h"

#include "base/log.h"
#include "wire/envelope.h"

namespace gthulhu::rest {

namespace {

// The only place where an Errc becomes a status.
int status_for(Errc code) {
  switch (code) {
    case Errc::invalid_argument: return 400;
    case Errc::unauthenticated: return 401;
    case Errc::forbidden: return 403;
    case Errc::not_found: return 404;
    case Errc::conflict: return 409;
    case Errc::stale: return 412;
    case Errc::too_large: return 413;
    case Errc::too_many: return 429;
    case Errc::unsupported: return 501;
    case Errc::unavailable: return 503;
    case Errc::timeout: return 504;
    case Errc::corrupt:
    case Errc::internal: return 500;
  }
  std::abort();
}

net::Response with_body(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

}  // namespace

net::Response success(const std::optional<wire::Value>& data, TimePoint now) {
  return with_body(200, wire::success_body(data, now));
}

net::Response failure(const Error& error) {
  const int status = status_for(error.code);
  if (status == 500) {
    log_error("request failed", {{"error", error.text()}});
    return failure(status, "Internal Server Error");
  }
  if (status > 500) log_warning("request failed", {{"error", error.text()}});
  return failure(status, error.message);
}

net::Response failure(int status, std::string_view text) {
  return with_body(status, wire::error_body(text));
}

net::Response bare(const wire::Value& body) {
  return with_body(200, wire::to_text(body) + "\n");
}

Result<wire::Value> parse_body(const net::Request& request, std::string_view what) {
  Result<wire::Value> body = wire::parse_json(request.body);
  if (!body) return about_body(std::move(body).error(), what);
  return body;
}

Error about_body(Error error, std::string_view what) {
  if (error.code == Errc::invalid_argument) {
    error.message = std::string(what) + ": " + error.message;
  }
  return error;
}

}  // namespace gthulhu::rest
