// SPDX-License-Identifier: Apache-2.0
#include "rest/reply.h"

#include <algorithm>
#include <chrono>

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

net::Response with_error(int status, wire::ErrorParts parts) {
  parts.code = net::error_code(status);
  wire::ErrorBody body = wire::error_body(parts);
  net::Response response = with_body(status, std::move(body.text));
  response.request_id_at = body.request_id_at;
  if (parts.retry_after.count() > 0) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(parts.retry_after);
    response.headers.add("Retry-After", std::to_string(seconds.count()));
  }
  return response;
}

// "labelSelectors[2].key" of "labelSelectors[2].key must be …".
std::string_view leading_field(std::string_view message) {
  const auto end = message.find(" must ");
  if (end == std::string_view::npos) return {};
  const std::string_view field = message.substr(0, end);
  const bool is_path = std::ranges::all_of(field, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '[' || c == ']';
  });
  return is_path ? field : std::string_view();
}

}  // namespace

net::Response success(const std::optional<wire::Value>& data, TimePoint now) {
  return with_body(200, wire::success_body(data, now));
}

net::Response success_text(std::string_view data, TimePoint now) {
  return with_body(200, wire::success_body_of(data, now));
}

net::Response failure(const Error& error, std::optional<wire::Value> current) {
  const int status = status_for(error.code);
  if (status == 500) {
    log_error("request failed", {{"error", error.text()}});
    return failure(status, "Internal Server Error");
  }
  if (status > 500) log_warning("request failed", {{"error", error.text()}});
  return with_error(status, {.text = error.message,
                             .code = {},
                             .field = error.field,
                             .retry_after = error.retry_after,
                             .current = std::move(current)});
}

net::Response failure(int status, std::string_view text) {
  return with_error(status, {.text = text, .code = {}});
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
    if (error.field.empty()) error.field = leading_field(error.message);
    error.message = std::string(what) + ": " + error.message;
  }
  return error;
}

}  // namespace gthulhu::rest
