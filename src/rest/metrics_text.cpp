// SPDX-License-Identifier: Apache-2.0
#include "rest/metrics_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "base/check.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view counter_ending = "_total";

std::string_view name(MetricKind kind) {
  switch (kind) {
    case MetricKind::counter: return "counter";
    case MetricKind::gauge: return "gauge";
    case MetricKind::histogram: return "histogram";
  }
  std::abort();
}

void append_escaped(std::string& text, std::string_view value, bool quotes_too) {
  for (const char letter : value) {
    if (letter == '\n') {
      text += "\\n";
      continue;
    }
    if (letter == '\\' || (letter == '"' && quotes_too)) text += '\\';
    text += letter;
  }
}

void append_line(std::string& text,
                 std::string_view what,
                 std::string_view family,
                 std::string_view content) {
  text += "# ";
  text += what;
  text += ' ';
  text += family;
  text += ' ';
  text += content;
  text += '\n';
}

}  // namespace

std::string seconds_text(std::chrono::nanoseconds duration) {
  constexpr std::int64_t one_second = 1'000'000'000;
  std::string fraction = std::to_string(duration.count() % one_second);
  fraction.insert(0, 9 - fraction.size(), '0');
  while (fraction.size() > 1 && fraction.back() == '0') fraction.pop_back();
  return std::to_string(duration.count() / one_second) + "." + fraction;
}

MetricValue::MetricValue(double number) {
  if (std::isnan(number)) {
    text_ = "NaN";
  } else if (std::isinf(number)) {
    text_ = number > 0 ? "+Inf" : "-Inf";
  } else {
    std::array<char, 32> digits{};
    const auto [end, failed] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    CHECK(failed == std::errc{});
    text_.assign(digits.data(), end);
  }
}

void MetricsText::begin(MetricKind kind, std::string name, std::string_view help) {
  const bool is_counter = kind == MetricKind::counter;
  CHECK(name.ends_with(counter_ending) == is_counter);
  const bool is_new = begun_.insert(name).second;
  CHECK(is_new);
  family_ = std::move(name);
  const bool is_open = format_ == MetricsFormat::open_metrics;
  // OpenMetrics has the ending at the samples only.
  std::string_view shown = family_;
  if (is_counter && is_open) shown.remove_suffix(counter_ending.size());
  std::string escaped;
  append_escaped(escaped, help, is_open);
  append_line(text_, "HELP", shown, escaped);
  append_line(text_, "TYPE", shown, rest::name(kind));
}

void MetricsText::add(std::string_view part, const MetricLabels& labels, const MetricValue& value) {
  text_ += family_;
  text_ += part;
  char before = '{';
  for (const MetricLabel& label : labels) {
    text_ += before;
    text_ += label.name;
    text_ += "=\"";
    append_escaped(text_, label.value, true);
    text_ += '"';
    before = ',';
  }
  if (!labels.empty()) text_ += '}';
  text_ += ' ';
  text_ += value.text();
  text_ += '\n';
}

std::string MetricsText::finish() && {
  if (format_ == MetricsFormat::open_metrics) text_ += "# EOF\n";
  return std::move(text_);
}

}  // namespace gthulhu::rest
