// SPDX-License-Identifier: Apache-2.0
#include "net/message_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <optional>

namespace gthulhu::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = beast::error_code;
using beast::string_view;

// The answer in place of Beast's errors.
Response refusal_for(const ErrorCode& failed, const ServerLimits& limits) {
  if (failed == http::error::body_limit) {
    return plain_error(
        413, "the request body is larger than " + std::to_string(limits.body_bytes) + " bytes");
  }
  if (failed == http::error::header_limit) {
    return plain_error(
        431, "the request head is larger than " + std::to_string(limits.head_bytes) + " bytes");
  }
  return plain_error(400, "malformed HTTP request: " + failed.message());
}

// Path and query out of the forms of a request target (RFC 9112 section 3.2).
bool read_target(std::string_view target, Request& request) {
  if (target == "*") {
    request.path = "*";
    return true;
  }
  if (!target.starts_with('/')) {
    const auto scheme_end = target.find("://");
    if (scheme_end == std::string_view::npos) return false;
    target.remove_prefix(scheme_end + 3);
    const auto path = target.find_first_of("/?");
    target.remove_prefix(path == std::string_view::npos ? target.size() : path);
  }
  if (target.find('#') != std::string_view::npos) return false;
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (request.path.empty()) request.path = "/";
  if (!percent_decode(request.path)) return false;
  if (question == std::string_view::npos) return true;
  auto query = parse_query(target.substr(question + 1));
  if (!query) return false;
  request.query = std::move(*query);
  return true;
}

// Whether these bytes of a chunked body, which were not consumed, may be a part of "0\r\n\r\n" and
// no more. Beast 1.81 asserts that it never comes back to fewer than five bytes of a last chunk.
bool is_part_of_last_chunk(std::string_view bytes) {
  constexpr std::size_t shortest = 5;
  return bytes.size() < shortest && bytes.starts_with('0');
}

}  // namespace

class RequestParser::Reader : public http::basic_parser<true> {
 public:
  explicit Reader(const ServerLimits& limits) : limits_(limits) {
    header_limit(static_cast<std::uint32_t>(limits.head_bytes));
    body_limit(limits.body_bytes);
  }

  std::size_t feed(std::string_view bytes) {
    std::size_t skipped = 0;
    if (!got_some()) {
      // Empty lines before a request line are left over from some clients' last body
      // (RFC 9112 section 2.2).
      while (skipped < bytes.size() && (bytes[skipped] == '\r' || bytes[skipped] == '\n')) {
        ++skipped;
      }
      if (skipped == bytes.size()) return skipped;
    }
    const std::string_view rest = bytes.substr(skipped);
    const bool in_head = !is_header_done();
    if (!in_head && chunked() && is_part_of_last_chunk(rest)) return skipped;
    // Beast consumes a head field by field, and holds only the unconsumed rest against its limit.
    eager(!in_head);
    ErrorCode failed;
    const std::size_t consumed = put({rest.data(), rest.size()}, failed);
    if (in_head) head_size_ += consumed;
    const std::size_t pending = in_head && !is_header_done() ? rest.size() - consumed : 0;
    if (head_size_ + pending > limits_.head_bytes) failed = http::error::header_limit;
    if (failed && failed != http::error::need_more && !refusal) {
      refusal = refusal_for(failed, limits_);
    }
    if (in_head && is_header_done() && !refusal) check_head();
    return skipped + consumed;
  }

  bool expects_continue() const {
    const std::string* expectation = request.headers.find("Expect");
    return http11 && expectation != nullptr && is_header_done() && !is_done();
  }

  Request request;
  std::optional<Response> refusal;
  bool http11 = true;

 private:
  // What decides where a message ends must have one meaning only.
  void check_head() {
    const bool in_chunks = request.headers.find("Transfer-Encoding") != nullptr;
    if (in_chunks && !http11) {
      refusal = plain_error(400, "Transfer-Encoding needs HTTP/1.1");
    } else if (in_chunks && !chunked()) {
      refusal = plain_error(501, "no transfer encoding but chunked is supported");
    } else if (in_chunks &&
               !same_ignoring_case(*request.headers.find("Transfer-Encoding"), "chunked")) {
      refusal = plain_error(501, "no transfer encoding but chunked is supported");
    } else if (hosts_ > 1 || (http11 && hosts_ == 0)) {
      refusal = plain_error(400, "one Host header field is needed");
    }
    const std::string* expectation = request.headers.find("Expect");
    if (!refusal && expectation != nullptr && !same_ignoring_case(*expectation, "100-continue")) {
      refusal = plain_error(417, "no expectation but 100-continue is supported");
    }
  }

  void on_request_impl(
      http::verb, string_view method, string_view target, int version, ErrorCode& failed) override {
    request.method = method;
    http11 = version >= 11;
    if (!read_target({target.data(), target.size()}, request)) failed = http::error::bad_target;
  }

  void on_field_impl(http::field name,
                     string_view name_text,
                     string_view value,
                     ErrorCode&) override {
    // Trailers come after the head was judged; nobody here needs any.
    if (head_over_) return;
    if (name == http::field::host) ++hosts_;
    request.headers.add(name_text, value);
  }

  void on_header_impl(ErrorCode&) override { head_over_ = true; }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) override {
    // A client gets memory for what it sends, not for what it announces.
    constexpr std::uint64_t on_trust = 64 * 1024;
    if (length) request.body.reserve(std::min(*length, on_trust));
  }

  std::size_t on_body_impl(string_view piece, ErrorCode&) override {
    request.body.append(piece.data(), piece.size());
    return piece.size();
  }

  void on_chunk_header_impl(std::uint64_t, string_view, ErrorCode&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, string_view piece, ErrorCode& failed) override {
    return on_body_impl(piece, failed);
  }

  void on_response_impl(int, string_view, int, ErrorCode&) override {}
  void on_finish_impl(ErrorCode&) override {}

  const ServerLimits& limits_;
  std::size_t head_size_ = 0;
  int hosts_ = 0;
  bool head_over_ = false;
};

RequestParser::RequestParser(const ServerLimits& limits)
    : limits_(limits), reader_(std::make_unique<Reader>(limits)) {}
RequestParser::~RequestParser() = default;

void RequestParser::restart() {
  is_between_ = !last_head_.empty() && complete() && !request().headers.fields().empty();
  if (!is_between_) forget();
}

void RequestParser::forget() {
  is_between_ = false;
  last_head_.clear();
  // In the same memory: this happens once for most requests.
  std::destroy_at(reader_.get());
  std::construct_at(reader_.get(), limits_);
}

std::size_t RequestParser::feed(std::string_view bytes) {
  if (bytes.empty() || complete() || refusal()) return 0;
  if (is_between_) {
    if (bytes.starts_with(last_head_)) {
      is_between_ = false;
      request().user.clear();
      return last_head_.size();
    }
    forget();
  }
  const bool is_first = !started();
  const std::size_t consumed = reader_->feed(bytes);
  // Longer ones would have thousands of idle connections hold as much.
  constexpr std::size_t longest_known = 2048;
  if (is_first && complete() && request().body.empty() && consumed <= longest_known) {
    last_head_ = bytes.substr(0, consumed);
  }
  return consumed;
}

bool RequestParser::started() const {
  return !is_between_ && reader_->got_some();
}
bool RequestParser::head_done() const {
  return !is_between_ && reader_->is_header_done();
}
bool RequestParser::complete() const {
  return !is_between_ && reader_->is_done() && !reader_->refusal;
}
const Response* RequestParser::refusal() const {
  const std::optional<Response>& refused = reader_->refusal;
  return refused ? &*refused : nullptr;
}
bool RequestParser::expects_continue() const {
  return !is_between_ && reader_->expects_continue();
}
bool RequestParser::keep_alive() const {
  return reader_->is_header_done() && !reader_->refusal && reader_->keep_alive();
}
bool RequestParser::is_http11() const {
  return reader_->http11;
}
Request& RequestParser::request() {
  return reader_->request;
}

class ResponseParser::Reader : public http::basic_parser<false> {
 public:
  Reader(const ClientLimits& limits, bool to_head) : limits_(limits) {
    header_limit(static_cast<std::uint32_t>(limits.head_bytes));
    body_limit(limits.body_bytes);
    skip(to_head);
    eager(true);
  }

  void judge(const ErrorCode& failed) {
    if (!failed || failed == http::error::need_more) return;
    if (failed == http::error::body_limit) {
      failure = Error{Errc::too_large, "the answer is too large",
                      "more than " + std::to_string(limits_.body_bytes) + " bytes"};
    } else {
      failure = Error{Errc::corrupt, "the answer is not HTTP", failed.message()};
    }
  }

  // Fields are consumed one by one: their sum is held against the limit here.
  void count(std::string_view name, std::string_view value, ErrorCode& failed) {
    head_size_ += name.size() + value.size() + 4;
    if (head_size_ > limits_.head_bytes) failed = http::error::header_limit;
  }

  Response response;
  std::optional<Error> failure;

 private:
  void on_response_impl(int code, string_view, int, ErrorCode&) override {
    response.status = code;
    response.content_type.clear();
  }

  void on_field_impl(http::field field,
                     string_view name,
                     string_view value,
                     ErrorCode& failed) override {
    if (head_over_) return;
    count({name.data(), name.size()}, {value.data(), value.size()}, failed);
    if (field == http::field::content_type) response.content_type = value;
    response.headers.add(name, value);
  }

  void on_header_impl(ErrorCode&) override { head_over_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}

  std::size_t on_body_impl(string_view piece, ErrorCode&) override {
    response.body.append(piece.data(), piece.size());
    return piece.size();
  }

  void on_chunk_header_impl(std::uint64_t, string_view, ErrorCode&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, string_view piece, ErrorCode& failed) override {
    return on_body_impl(piece, failed);
  }

  void on_request_impl(http::verb, string_view, string_view, int, ErrorCode&) override {}
  void on_finish_impl(ErrorCode&) override {}

  const ClientLimits& limits_;
  std::size_t head_size_ = 0;
  bool head_over_ = false;
};

ResponseParser::ResponseParser(const ClientLimits& limits, bool to_head)
    : reader_(std::make_unique<Reader>(limits, to_head)) {}
ResponseParser::~ResponseParser() = default;

std::size_t ResponseParser::feed(std::string_view bytes) {
  if (bytes.empty() || complete() || failure()) return 0;
  if (reader_->is_header_done() && reader_->chunked() && is_part_of_last_chunk(bytes)) return 0;
  ErrorCode failed;
  const std::size_t consumed = reader_->put({bytes.data(), bytes.size()}, failed);
  reader_->judge(failed);
  return consumed;
}

void ResponseParser::feed_end() {
  if (complete() || failure() || !started()) return;
  ErrorCode failed;
  reader_->put_eof(failed);
  reader_->judge(failed);
}

bool ResponseParser::started() const {
  return reader_->got_some();
}
bool ResponseParser::head_done() const {
  return reader_->is_header_done();
}
bool ResponseParser::complete() const {
  return reader_->is_done() && !reader_->failure;
}
const Error* ResponseParser::failure() const {
  const std::optional<Error>& failed = reader_->failure;
  return failed ? &*failed : nullptr;
}
bool ResponseParser::keep_alive() const {
  return complete() && reader_->keep_alive();
}
Response& ResponseParser::response() {
  return reader_->response;
}

}  // namespace gthulhu::net
