// SPDX-License-Identifier: Apache-2.0
//
// The text in which Prometheus reads metrics: its own format 0.0.4, and OpenMetrics 1.0.0.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gthulhu::rest {

enum class MetricsFormat : std::uint8_t { prometheus, open_metrics };
enum class MetricKind : std::uint8_t { counter, gauge, histogram };

// The value may be any text.
struct MetricLabel {
  std::string_view name;
  std::string_view value;
};
using MetricLabels = std::vector<MetricLabel>;

// "0.025"; with at least one digit behind the point.
std::string seconds_text(std::chrono::nanoseconds duration);

// A number as both formats write it; durations are in seconds.
class MetricValue {
 public:
  MetricValue(std::integral auto number) : text_(std::to_string(number)) {}
  MetricValue(double number);
  template <class Number, class Unit>
  MetricValue(std::chrono::duration<Number, Unit> duration) : text_(seconds_text(duration)) {}

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Writes families one after the other, so that the samples of each stand together. That no two
// samples of a family have the same labels is up to the caller.
class MetricsText {
 public:
  explicit MetricsText(MetricsFormat format) : format_(format) {}

  [[nodiscard]] MetricsFormat format() const { return format_; }

  // Samples belong to this family from now on. A name ends in _total if and only if it is a
  // counter's; the same name twice stops the program.
  void begin(MetricKind kind, std::string name, std::string_view help);

  void add(const MetricValue& value) { add({}, {}, value); }
  void add(const MetricLabels& labels, const MetricValue& value) { add({}, labels, value); }
  // Of a histogram: `part` is "_bucket", "_sum" or "_count".
  void add(std::string_view part, const MetricLabels& labels, const MetricValue& value);

  // Everything, with the end that the format asks for.
  [[nodiscard]] std::string finish() &&;

 private:
  MetricsFormat format_;
  std::string text_;
  std::string family_;
  std::set<std::string> begun_;
};

}  // namespace gthulhu::rest
