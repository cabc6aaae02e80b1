// SPDX-License-Identifier: Apache-2.0
#include "rest/metrics_reply.h"

#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"

namespace gthulhu::rest {

namespace {

// How much a kind of answer is wanted: thousandths of q, and which of the ranges of Accept says so.
// The most exact range decides.
struct Wish {
  int quality = 0;
  int exactness = 0;  // 0: none; 1: */*, 2: type/*, 3: the type, 4: the type and its version

  [[nodiscard]] bool is_by_name() const { return exactness >= 3; }
};

struct MediaRange {
  std::string type;     // lower case
  std::string version;  // empty when it has none
  int quality = 1000;
};

// At `separator`, but not within quotes.
std::vector<std::string_view> split_unquoted(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  bool is_quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && is_quoted) {
      ++i;
    } else if (text[i] == '"') {
      is_quoted = !is_quoted;
    } else if (text[i] == separator && !is_quoted) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(text.substr(begin));
  return parts;
}

// "0.75" is 750; at most three digits behind the point, and at most 1.
std::optional<int> parse_quality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  std::string digits(text.substr(1));
  if (!digits.empty() && digits[0] != '.') return std::nullopt;
  if (!digits.empty()) digits.erase(0, 1);
  digits.resize(3, '0');
  const auto fraction = digits[0] == '-' ? std::nullopt : parse_number<int>(digits);
  if (!fraction || (text[0] == '1' && *fraction != 0)) return std::nullopt;
  return text[0] == '1' ? 1000 : *fraction;
}

// Nothing for what is none.
std::optional<MediaRange> parse_range(std::string_view text) {
  const auto parts = split_unquoted(text, ';');
  MediaRange range{to_lower(trim(parts[0])), {}};
  if (range.type.find('/') == std::string::npos) return std::nullopt;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t equals = parts[i].find('=');
    if (equals == std::string_view::npos) continue;
    const std::string name = to_lower(trim(parts[i].substr(0, equals)));
    std::string_view value = trim(parts[i].substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    if (name == "version") range.version = value;
    if (name == "q") {
      const auto quality = parse_quality(value);
      if (!quality) return std::nullopt;
      range.quality = *quality;
    }
  }
  return range;
}

int exactness_of(const MediaRange& range, std::string_view type, std::string_view version) {
  if (range.type == type) {
    if (range.version.empty()) return 3;
    return range.version == version ? 4 : 0;
  }
  if (range.type == "*/*") return 1;
  return range.type == std::string(type.substr(0, type.find('/'))) + "/*" ? 2 : 0;
}

Wish wish_for(const std::vector<MediaRange>& ranges,
              std::string_view type,
              std::string_view version) {
  Wish wish;
  for (const MediaRange& range : ranges) {
    const int exactness = exactness_of(range, type, version);
    if (exactness > wish.exactness) wish = {range.quality, exactness};
  }
  return wish;
}

std::string_view content_type(MetricsFormat format) {
  switch (format) {
    // The last parameter is the Go system's: names have no letters that would need more.
    case MetricsFormat::prometheus:
      return "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
    case MetricsFormat::open_metrics:
      return "application/openmetrics-text; version=1.0.0; charset=utf-8";
  }
  std::abort();
}

}  // namespace

MetricsFormat wanted_format(const net::Headers& headers) {
  std::vector<MediaRange> ranges;
  for (const auto& [name, value] : headers.fields()) {
    if (!net::same_ignoring_case(name, "Accept")) continue;
    for (const std::string_view part : split_unquoted(value, ',')) {
      if (auto range = parse_range(part)) ranges.push_back(std::move(*range));
    }
  }
  const Wish open = wish_for(ranges, "application/openmetrics-text", "1.0.0");
  const Wish text = wish_for(ranges, "text/plain", "0.0.4");
  const bool is_open = open.is_by_name() && open.quality > 0 && open.quality >= text.quality;
  return is_open ? MetricsFormat::open_metrics : MetricsFormat::prometheus;
}

net::Response metrics_reply(MetricsText text) {
  net::Response response;
  response.content_type = content_type(text.format());
  response.headers.add("Vary", "Accept");
  response.body = std::move(text).finish();
  return response;
}

}  // namespace gthulhu::rest
