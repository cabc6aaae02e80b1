// SPDX-License-Identifier: Apache-2.0
#include "rest/request_metrics.h"

#include <algorithm>

namespace gthulhu::rest {

namespace {

std::string_view counted_method(const net::Answered& answered) {
  constexpr std::array<std::string_view, 7> usual = {"GET",    "HEAD",    "POST", "PUT",
                                                     "DELETE", "OPTIONS", "PATCH"};
  const std::string_view method = answered.request.method;
  return std::ranges::find(usual, method) != usual.end() ? method : "other";
}

}  // namespace

void RequestMetrics::count(const net::Answered& answered) {
  const std::string_view name =
      answered.response.route.empty() ? "unmatched" : answered.response.route;
  const std::lock_guard lock(mutex_);
  auto place = routes_.find(name);
  if (place == routes_.end()) place = routes_.emplace(std::string(name), Route{}).first;
  Route& route = place->second;

  const std::string_view method = counted_method(answered);
  auto classes = route.by_method.find(method);
  if (classes == route.by_method.end()) {
    classes = route.by_method.emplace(std::string(method), Classes{}).first;
  }
  const int kind = std::clamp(answered.response.status / 100, 1, 5);
  ++classes->second.at(static_cast<std::size_t>(kind - 1));

  const auto bucket = std::ranges::lower_bound(bounds, answered.took);
  ++route.by_duration.at(static_cast<std::size_t>(bucket - bounds.begin()));
  route.all += answered.took;
}

void RequestMetrics::append(MetricsText& text, std::string_view prefix) const {
  const std::lock_guard lock(mutex_);
  text.begin(MetricKind::counter, std::string(prefix) + "_http_requests_total",
             "Answers by route, method and class of status.");
  for (const auto& [name, route] : routes_) {
    for (const auto& [method, classes] : route.by_method) {
      for (std::size_t i = 0; i < classes.size(); ++i) {
        if (classes.at(i) == 0) continue;
        const std::string status = std::to_string(i + 1) + "xx";
        text.add({{"route", name}, {"method", method}, {"status", status}}, classes.at(i));
      }
    }
  }
  text.begin(MetricKind::histogram, std::string(prefix) + "_http_request_duration_seconds",
             "From the request's last byte to its answer, by route.");
  for (const auto& [name, route] : routes_) {
    std::uint64_t up_to_here = 0;
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
      up_to_here += route.by_duration.at(i);
      const std::string bound = i < bounds.size() ? seconds_text(bounds.at(i)) : "+Inf";
      text.add("_bucket", {{"route", name}, {"le", bound}}, up_to_here);
    }
    text.add("_sum", {{"route", name}}, route.all);
    text.add("_count", {{"route", name}}, up_to_here);
  }
}

}  // namespace gthulhu::rest
