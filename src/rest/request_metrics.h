// SPDX-License-Identifier: Apache-2.0
//
// Counts of what a server answered.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "net/answered.h"
#include "rest/metrics_text.h"

namespace gthulhu::rest {

// By route, never by path, so that no client can make it grow.
//
// Threads: all functions from anywhere.
class RequestMetrics {
 public:
  // `route` and method of requests without a route are "unmatched" and, unless it is one of the
  // usual ones, "other".
  void count(const net::Answered& answered);

  // PREFIX_http_requests_total by route, method and class of status ("2xx"), and
  // PREFIX_http_request_duration_seconds by route.
  void append(MetricsText& text, std::string_view prefix) const;

 private:
  static constexpr std::array<std::chrono::milliseconds, 6> bounds{
      std::chrono::milliseconds{1},   std::chrono::milliseconds{5},
      std::chrono::milliseconds{25},  std::chrono::milliseconds{100},
      std::chrono::milliseconds{500}, std::chrono::milliseconds{2500}};

  using Classes = std::array<std::uint64_t, 5>;  // 1xx to 5xx

  struct Route {
    std::map<std::string, Classes, std::less<>> by_method;
    std::array<std::uint64_t, bounds.size() + 1> by_duration{};  // the last: longer than all bounds
    std::chrono::nanoseconds all{0};
  };

  mutable std::mutex mutex_;  // guards routes_
  std::map<std::string, Route, std::less<>> routes_;
};

}  // namespace gthulhu::rest
