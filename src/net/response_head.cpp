// SPDX-License-Identifier: Apache-2.0
#include "net/response_head.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace gthulhu::net {
namespace {

constexpr std::array<std::string_view, 7> ours = {
    "Content-Length", "Transfer-Encoding", "Connection",  "Keep-Alive",
    "Date",           "Content-Type",      "X-Request-ID"};

Result<> check(const Response& response) {
  if (response.status < 200 || response.status > 599) {
    return Error{Errc::internal, "Internal Server Error",
                 "a handler answered with status " + std::to_string(response.status)};
  }
  if (!is_field_value(response.content_type)) {
    return Error{Errc::internal, "Internal Server Error", "a content type with control characters"};
  }
  for (const auto& [name, value] : response.headers.fields()) {
    const bool is_ours = std::any_of(ours.begin(), ours.end(), [&field = name](auto own) {
      return same_ignoring_case(own, field);
    });
    if (!is_token(name) || is_ours) {
      return Error{Errc::internal, "Internal Server Error",
                   "a handler may not write this header: " + name};
    }
    if (!is_field_value(value)) {
      return Error{Errc::internal, "Internal Server Error",
                   "control characters in the value of the header " + name};
    }
  }
  return {};
}

void append_field(std::string& bytes, std::string_view name, std::string_view value) {
  bytes += name;
  bytes += ": ";
  bytes += value;
  bytes += "\r\n";
}

void append_body(std::string& bytes, const Response& response, std::string_view request_id) {
  const std::string_view body = response.body;
  if (!response.request_id_at) {
    bytes += body;
    return;
  }
  bytes += body.substr(0, *response.request_id_at);
  bytes += request_id;
  bytes += body.substr(*response.request_id_at);
}

}  // namespace

bool is_token(std::string_view text) {
  static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || marks.find(letter) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return (byte < 32 && letter != '\t') || byte == 127;
  });
}

StandardFields::StandardFields(const Headers& fields) {
  for (const auto& [name, value] : fields.fields()) {
    CHECK(is_token(name) && is_field_value(value));
    std::string text;
    append_field(text, name, value);
    all_ += text;
    lines_.push_back({name, std::move(text)});
  }
}

void StandardFields::append(std::string& bytes, const Headers& own) const {
  if (own.fields().empty()) {
    bytes += all_;
    return;
  }
  for (const Line& line : lines_) {
    if (own.find(line.name) == nullptr) bytes += line.text;
  }
}

std::string http_date(std::time_t seconds) {
  constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  // Not strftime: it follows the locale.
  const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                                 months.at(static_cast<std::size_t>(parts.tm_mon)),
                                 parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<std::size_t>(size)};
}

const std::string& DateText::at(std::time_t seconds) {
  if (seconds != seconds_) {
    seconds_ = seconds;
    text_ = http_date(seconds);
  }
  return text_;
}

Result<> append_response(std::string& bytes,
                         const Response& response,
                         const ResponseFraming& framing,
                         const std::string& date) {
  TRY(check(response));
  bytes += "HTTP/1.1 ";
  bytes += std::to_string(response.status);
  bytes += ' ';
  bytes += reason_phrase(response.status);
  bytes += "\r\n";
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!response.content_type.empty() && !bodiless) {
    append_field(bytes, "Content-Type", response.content_type);
  }
  const std::size_t id_size = response.request_id_at ? framing.request_id.size() : 0;
  if (!bodiless) {
    const std::size_t size = response.body.size() + id_size + response.fixed_body.size();
    append_field(bytes, "Content-Length", std::to_string(size));
  }
  append_field(bytes, "Date", date);
  if (!framing.request_id.empty()) append_field(bytes, "X-Request-ID", framing.request_id);
  if (framing.standard != nullptr) framing.standard->append(bytes, response.headers);
  for (const auto& [name, value] : response.headers.fields()) append_field(bytes, name, value);
  if (!framing.keep_alive) {
    append_field(bytes, "Connection", "close");
  } else if (!framing.http11) {
    append_field(bytes, "Connection", "keep-alive");
  }
  bytes += "\r\n";
  if (!framing.to_head && !bodiless) append_body(bytes, response, framing.request_id);
  return {};
}

}  // namespace gthulhu::net
