// SPDX-License-Identifier: Apache-2.0
//
// The head of a response, as bytes.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace gthulhu::net {

// "Tue, 15 Nov 1994 08:12:31 GMT" (RFC 9110 section 5.6.7).
std::string http_date(std::time_t seconds);

// The same, written anew only when the second changes. Threads: one.
class DateText {
 public:
  const std::string& at(std::time_t seconds);

 private:
  std::time_t seconds_ = -1;
  std::string text_;
};

// Fields that every answer has, unless it has one of the same name itself.
class StandardFields {
 public:
  // Each must be well-formed; one that is not stops the program.
  explicit StandardFields(const Headers& fields);

  void append(std::string& bytes, const Headers& own) const;

 private:
  struct Line {
    std::string name;
    std::string text;
  };
  std::vector<Line> lines_;
  std::string all_;
};

// What of a response depends on the server and the connection.
struct ResponseFraming {
  bool to_head = false;    // to a HEAD request: the head says how long the body would be
  bool keep_alive = true;  // the connection stays
  bool http11 = true;      // of the request; an older client must be told that it stays
  std::string_view request_id = {};
  const StandardFields* standard = nullptr;
};

// Appends head and body to `bytes`, but not a fixed body, which follows them. Errc::internal, and
// nothing appended, for a header that would break the framing: a name that is no token, a line end
// or other control character in a value, or a field that the server writes itself.
Result<> append_response(std::string& bytes,
                         const Response& response,
                         const ResponseFraming& framing,
                         const std::string& date);

// "GET", "X-Thing": a token of RFC 9110 section 5.6.2.
bool is_token(std::string_view text);
// Without control characters except tabs.
bool is_field_value(std::string_view text);

}  // namespace gthulhu::net
