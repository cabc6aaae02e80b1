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

// "0.025"; bounds of buckets are whole milliseconds.
std::string seconds_text(std::chrono::nanoseconds duration) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  std::string fraction = std::to_string(micros % 1'000'000);
  fraction.insert(0, 6 - fraction.size(), '0');
  while (fraction.size() > 1 && fraction.back() == '0') fraction.pop_back();
  return std::to_string(micros / 1'000'000) + "." + fraction;
}

void append_sample(std::string& text,
                   const std::string& name_and_labels,
                   const std::string& value) {
  text += name_and_labels;
  text += ' ';
  text += value;
  text += '\n';
}

}  // namespace

void RequestMetrics::count(const net::Answered& answered) {
  const std::string_view name =
      answered.response.route.empty() ? "unmatched" : answered.response.route;
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

// Routes are our own patterns: nothing in them needs to be escaped.
void RequestMetrics::append(std::string& text, std::string_view prefix) const {
  const std::string requests = std::string(prefix) + "_http_requests_total";
  text += "# HELP " + requests + " Answers by route, method and class of status.\n";
  text += "# TYPE " + requests + " counter\n";
  for (const auto& [name, route] : routes_) {
    for (const auto& [method, classes] : route.by_method) {
      for (std::size_t i = 0; i < classes.size(); ++i) {
        if (classes.at(i) == 0) continue;
        append_sample(text,
                      requests + "{route=\"" + name + "\",method=\"" + method + "\",status=\"" +
                          std::to_string(i + 1) + "xx\"}",
                      std::to_string(classes.at(i)));
      }
    }
  }
  const std::string durations = std::string(prefix) + "_http_request_duration_seconds";
  text += "# HELP " + durations + " From the request's last byte to its answer, by route.\n";
  text += "# TYPE " + durations + " histogram\n";
  for (const auto& [name, route] : routes_) {
    std::uint64_t up_to_here = 0;
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
      up_to_here += route.by_duration.at(i);
      const std::string bound = i < bounds.size() ? seconds_text(bounds.at(i)) : "+Inf";
      append_sample(text, durations + "_bucket{route=\"" + name + "\",le=\"" + bound + "\"}",
                    std::to_string(up_to_here));
    }
    append_sample(text, durations + "_sum{route=\"" + name + "\"}", seconds_text(route.all));
    append_sample(text, durations + "_count{route=\"" + name + "\"}", std::to_string(up_to_here));
  }
}

}  // namespace gthulhu::rest
