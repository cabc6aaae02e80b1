// SPDX-License-Identifier: Apache-2.0
//
// Bytes of a connection → messages, without any I/O.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"
#include "net/limits.h"

namespace gthulhu::net {

// One request after the other. Bytes that it does not consume must be given again, together with
// more. Strict where two readers of one message could disagree about its end (RFC 9112
// section 11.2).
class RequestParser {
 public:
  // `limits` must outlive it.
  explicit RequestParser(const ServerLimits& limits);
  ~RequestParser();

  // The next byte begins a request. The one before is forgotten, unless it had no body and a short
  // head that came in one piece: when the same bytes come again, as from who polls, they are
  // compared instead of understood anew, and request() is what it was, but for `user`.
  void restart();
  // How many of `bytes` were consumed. Stops at the end of the head once, then at the end of the
  // request, and for good at a refusal.
  std::size_t feed(std::string_view bytes);

  [[nodiscard]] bool started() const;    // at least one byte of the request was seen
  [[nodiscard]] bool head_done() const;  // headers are complete
  [[nodiscard]] bool complete() const;
  // The answer to a request that cannot be served, after which the connection must end; or null.
  [[nodiscard]] const Response* refusal() const;
  // The client sends its body only after "100 Continue".
  [[nodiscard]] bool expects_continue() const;
  // After complete() or a refusal: the client's wish, and whether it knows HTTP/1.1.
  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] bool is_http11() const;

  // When complete(): the request, without `peer` and `peer_certificate`. What is done to it lasts
  // when it comes again; one whose headers are gone is not taken for the same.
  [[nodiscard]] Request& request();

 private:
  class Reader;
  void forget();

  const ServerLimits& limits_;  // outlives it
  std::unique_ptr<Reader> reader_;
  std::string last_head_;    // of the request in reader_; empty: it is not to be known again
  bool is_between_ = false;  // reader_ has the request before the one to come
};

// One response.
class ResponseParser {
 public:
  // `limits` must outlive it. `to_head`: the answer to a HEAD request, which has no body whatever
  // its fields say.
  ResponseParser(const ClientLimits& limits, bool to_head);
  ~ResponseParser();

  std::size_t feed(std::string_view bytes);
  // The peer closed the connection: the end of some bodies, an error in others.
  void feed_end();

  [[nodiscard]] bool started() const;
  [[nodiscard]] bool head_done() const;  // headers are complete
  [[nodiscard]] bool complete() const;
  // Why this is no usable answer, or null.
  [[nodiscard]] const Error* failure() const;
  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] Response& response();

 private:
  class Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace gthulhu::net
