// SPDX-License-Identifier: Apache-2.0
//
// HTTP messages as plain values (RFC 9110). Everything above net sees these and nothing else of
// HTTP.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.h"

namespace gthulhu::net {

// Header fields in the order they came. Names compare without regard to case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  void add(std::string name, std::string value);
  // Replaces all fields of that name.
  void set(std::string_view name, std::string value);
  // The first of that name, or nothing. Valid until the next change.
  [[nodiscard]] const std::string* find(std::string_view name) const;
  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

// Who is at the other end of a connection with mutual TLS: the names its certificate carries.
struct PeerCertificate {
  std::string subject;                 // RFC 2253, such as "CN=manager,O=Gthulhu"
  std::vector<std::string> dns_names;  // of the subject alternative names
  std::vector<std::string> uris;       // likewise
};

using QueryFields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // as sent; methods are case-sensitive
  std::string path;    // starts with '/', percent-encoding as sent; "*" for OPTIONS *
  QueryFields query;   // decoded, in order
  Headers headers;
  std::string body;
  std::string peer;                                         // "127.0.0.1:40000", "[::1]:40000"
  std::shared_ptr<const PeerCertificate> peer_certificate;  // null without mutual TLS
  std::string request_id;  // this request's name in answers and logs
  // Who asked, for logs. Handlers get a constant request; the one that finds out notes it here.
  mutable std::string user;
  // Goes from one request of a connection to the next: who shows the same token with each has it
  // hashed once. It knows what a text's digest is and nothing that could change, such as whether a
  // token is good.
  mutable RememberingSha256 sha256;

  // The first query field of that name, or nothing.
  [[nodiscard]] const std::string* query_value(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";  // no Content-Type field when empty
  std::string body;
  // A body in place of `body` whose bytes outlive the server: it is sent from where it is, so that
  // whoever reads it slowly holds no copy of it.
  std::string_view fixed_body = {};
  // Others than Content-Type and those that the server writes itself: Content-Length, Connection,
  // Date, Transfer-Encoding, X-Request-ID. In what a Client returns: all that came.
  Headers headers;
  // Where in the body the server writes the request's id: the bodies of errors carry it.
  std::optional<std::size_t> request_id_at = {};
  // The handler's own name for what was asked, for metrics; lives as long as the handler.
  std::string_view route = {};
};

// {"success":false,"error":"…","code":"…","requestId":"…"} and a line end, with that status. `text`
// is ours: nothing in it needs to be escaped. With `retry_after` it says in body and header when to
// try again.
Response plain_error(int status,
                     std::string_view text,
                     std::chrono::seconds retry_after = std::chrono::seconds{0});

// The `code` of an error with that status, for programs: "not_found", "unavailable".
std::string_view error_code(int status);

// "Not Found" for 404 (RFC 9110 section 15); "Unknown" for what is not known.
std::string_view reason_phrase(int status);

// "%2F" is "/", and with `plus_is_blank` (queries) "+" is a blank; nothing when a '%' is not
// followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank = false);

// All of `text` but letters, digits and "-._~" percent-encoded (RFC 3986 section 2.3).
std::string percent_encode(std::string_view text);

// "a=1&b=x%20y"; nothing when a part cannot be decoded.
std::optional<QueryFields> parse_query(std::string_view text);

// Equal without regard to the case of ASCII letters.
bool same_ignoring_case(std::string_view left, std::string_view right);

}  // namespace gthulhu::net
