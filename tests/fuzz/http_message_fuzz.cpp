// SPDX-License-Identifier: Apache-2.0
//
// Bytes of a connection, against what net/message_parser.h and net/http.h promise.
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "net/message_parser.h"
#include "tests/fuzz/fuzz_target.h"

namespace gthulhu::fuzz {

namespace {

struct Seen {
  std::optional<net::Request> request;  // when complete
  int refused = 0;
  bool keep_alive = false;
  std::size_t consumed = 0;
};

// The first request of the connection, its bytes coming in pieces of `step`.
Seen first_request(std::string_view text, std::size_t step, const net::ServerLimits& limits) {
  net::RequestParser parser(limits);
  Seen seen;
  std::string pending;
  for (std::size_t at = 0; at < text.size(); at += step) {
    pending += text.substr(at, step);
    std::size_t consumed = 0;
    do {
      consumed = parser.feed(pending);
      CHECK(consumed <= pending.size());
      pending.erase(0, consumed);
      seen.consumed += consumed;
    } while (consumed > 0 && !parser.complete());
    if (parser.complete() || parser.refusal() != nullptr) break;
  }
  if (parser.refusal() != nullptr) {
    CHECK(!parser.complete());
    seen.refused = parser.refusal()->status;
  }
  if (parser.complete()) {
    seen.request = std::move(parser.request());
    seen.keep_alive = parser.keep_alive();
  }
  return seen;
}

void check_request(const net::Request& request) {
  CHECK(!request.method.empty());
  CHECK(request.path == "*" || request.path.starts_with('/'));
  CHECK(request.path.find_first_of("?# ") == std::string::npos);
  CHECK(net::percent_decode(request.path).has_value());
  for (const auto& [name, value] : request.headers.fields()) {
    CHECK(!name.empty());
    CHECK((name + value).find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  }
}

// However a request is cut into pieces, it is the same one, and ends at the same byte. What is
// wrong may be refused earlier or later: Beast looks further ahead when there is more.
void check_cut(std::string_view text) {
  const net::ServerLimits limits;
  const Seen whole = first_request(text, text.size(), limits);
  if (whole.request) check_request(*whole.request);
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}}) {
    const Seen cut = first_request(text, step, limits);
    CHECK(cut.request.has_value() == whole.request.has_value());
    if (!whole.request) continue;
    CHECK(cut.consumed == whole.consumed);
    CHECK(cut.keep_alive == whole.keep_alive);
    CHECK(cut.request->method == whole.request->method);
    CHECK(cut.request->path == whole.request->path);
    CHECK(cut.request->query == whole.request->query);
    CHECK(cut.request->headers.fields() == whole.request->headers.fields());
    CHECK(cut.request->body == whole.request->body);
  }
}

// Small limits hold, whatever comes.
void check_limits(std::string_view text) {
  net::ServerLimits limits;
  limits.head_bytes = 128;
  limits.body_bytes = 16;
  const Seen seen = first_request(text, 13, limits);
  if (!seen.request) return;
  CHECK(seen.request->body.size() <= limits.body_bytes);
  std::size_t head = seen.request->method.size();
  for (const auto& [name, value] : seen.request->headers.fields()) {
    head += name.size() + value.size();
  }
  CHECK(head <= limits.head_bytes);
}

void check_response(std::string_view text) {
  net::ClientLimits limits;
  limits.body_bytes = 64;
  for (const std::size_t step : {text.size(), std::size_t{1}}) {
    net::ResponseParser parser(limits, false);
    std::string pending;
    for (std::size_t at = 0; at < text.size(); at += step) {
      pending += text.substr(at, step);
      const std::size_t consumed = parser.feed(pending);
      CHECK(consumed <= pending.size());
      pending.erase(0, consumed);
      if (parser.complete() || parser.failure() != nullptr) break;
    }
    parser.feed_end();
    CHECK(!parser.complete() || parser.failure() == nullptr);
    if (parser.complete()) CHECK(parser.response().body.size() <= limits.body_bytes);
  }
}

void check_encoding(std::string_view text) {
  CHECK(net::percent_decode(net::percent_encode(text)) == std::string(text));
  CHECK(net::percent_decode(net::percent_encode(text), true) == std::string(text));
  const auto query = net::parse_query(text);
  if (!query) return;
  std::string written;
  for (const auto& [name, value] : *query) {
    if (!written.empty()) written += '&';
    written += net::percent_encode(name) + '=' + net::percent_encode(value);
  }
  CHECK(net::parse_query(written) == query);
}

}  // namespace

void try_input(std::string_view input) {
  if (input.empty()) return;
  check_encoding(input);
  check_cut(input);
  check_limits(input);
  check_response(input);
}

}  // namespace gthulhu::fuzz
