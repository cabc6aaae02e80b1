// SPDX-License-Identifier: Apache-2.0
#include "rest/router.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace gthulhu::rest {

struct Router::Action {
  RunsOn where;
  RouteHandler handler;
};

namespace {

// The order is that of precedence.
enum class SegmentKind : std::uint8_t { literal, parameter, rest };

struct Segment {
  SegmentKind kind;
  std::string text;  // the literal, or the parameter's name
  bool operator==(const Segment&) const = default;
};

Segment parse_segment(std::string_view text) {
  if (!text.starts_with('{')) return {SegmentKind::literal, std::string(text)};
  CHECK(text.ends_with('}'));
  text = text.substr(1, text.size() - 2);
  if (!text.ends_with("...")) return {SegmentKind::parameter, std::string(text)};
  return {SegmentKind::rest, std::string(text.substr(0, text.size() - 3))};
}

bool is_literal(const Segment& segment) {
  return segment.kind == SegmentKind::literal;
}

std::vector<Segment> parse_pattern(std::string_view pattern) {
  CHECK(pattern.starts_with('/'));
  std::vector<Segment> segments;
  for (const std::string_view part : split(pattern.substr(1), '/')) {
    CHECK(segments.empty() || segments.back().kind != SegmentKind::rest);
    segments.push_back(parse_segment(part));
  }
  return segments;
}

bool matches(const std::vector<Segment>& pattern, const std::vector<std::string_view>& path) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const auto& [kind, text] = pattern[i];
    if (kind == SegmentKind::rest) return true;
    if (i >= path.size()) return false;
    if (kind == SegmentKind::literal ? path[i] != text : path[i].empty()) return false;
  }
  return pattern.size() == path.size();
}

// None when it is no path ("*" of OPTIONS *).
std::vector<std::string_view> segments_of(std::string_view path) {
  if (!path.starts_with('/')) return {};
  return split(path.substr(1), '/');
}

// The server has refused paths that cannot be decoded.
std::string decoded(std::string_view text) {
  return net::percent_decode(text).value_or("");
}

PathParameters parameters_of(const std::vector<Segment>& pattern,
                             const std::vector<std::string_view>& path) {
  PathParameters parameters;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const auto& [kind, name] = pattern[i];
    if (kind == SegmentKind::parameter) parameters.add(name, decoded(path[i]));
    if (kind != SegmentKind::rest) continue;
    std::string rest;
    for (std::size_t j = i; j < path.size(); ++j) {
      if (j > i) rest += '/';
      rest += decoded(path[j]);
    }
    parameters.add(name, std::move(rest));
  }
  return parameters;
}

bool is_under_api(std::string_view path) {
  return path == "/api" || path.starts_with("/api/");
}

net::Response message(int status, std::string_view text) {
  net::Response response;
  response.status = status;
  response.body = R"({"message":")" + std::string(text) + R"(","code":")" +
                  std::string(net::error_code(status)) + R"(","requestId":")";
  response.request_id_at = response.body.size();
  response.body += "\"}\n";
  return response;
}

}  // namespace

struct Router::Pattern {
  std::string text;
  std::vector<Segment> segments;
  bool has_parameters = false;
  std::map<std::string, Action, std::less<>> actions;  // by method
};

// What is known about a request: its path's pattern, and of it what the method does.
struct Router::Found {
  const Pattern* pattern = nullptr;
  const Action* action = nullptr;
};

void PathParameters::add(std::string name, std::string value) {
  values_.emplace_back(std::move(name), std::move(value));
}

const std::string& PathParameters::at(std::string_view name) const {
  for (const auto& [own, value] : values_) {
    if (own == name) return value;
  }
  return none_;
}

Router::Router() = default;
Router::~Router() = default;

void Router::add(std::string_view method,
                 std::string_view pattern,
                 RunsOn where,
                 RouteHandler handler) {
  auto segments = parse_pattern(pattern);
  const auto more_literal = [](const std::unique_ptr<Pattern>& left,
                               const std::vector<Segment>& right) {
    return std::lexicographical_compare(left->segments.begin(), left->segments.end(), right.begin(),
                                        right.end(), [](const Segment& a, const Segment& b) {
                                          return a.kind != b.kind ? a.kind < b.kind
                                                                  : a.text < b.text;
                                        });
  };
  auto place = std::lower_bound(patterns_.begin(), patterns_.end(), segments, more_literal);
  if (place == patterns_.end() || (*place)->segments != segments) {
    auto made = std::make_unique<Pattern>();
    made->text = pattern;
    made->has_parameters = !std::ranges::all_of(segments, &is_literal);
    made->segments = std::move(segments);
    if (!made->has_parameters) literals_.emplace(made->text, made.get());
    place = patterns_.insert(place, std::move(made));
  }
  const bool is_new =
      (*place)->actions.emplace(std::string(method), Action{where, std::move(handler)}).second;
  CHECK(is_new);
}

std::vector<std::pair<std::string, std::string>> Router::routes() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& pattern : patterns_) {
    for (const auto& [method, action] : pattern->actions) all.emplace_back(method, pattern->text);
  }
  std::ranges::sort(all);
  return all;
}

const Router::Pattern* Router::match(std::string_view path,
                                     const std::vector<std::string_view>& segments) const {
  if (segments.empty()) return nullptr;
  const bool under_api = is_under_api(path);
  for (const auto& pattern : patterns_) {
    // A catch-all of files does not shadow the API.
    if (under_api && !is_literal(pattern->segments.front())) continue;
    if (matches(pattern->segments, segments)) return pattern.get();
  }
  return nullptr;
}

Router::Found Router::find(const net::Request& request) const {
  const auto literal = literals_.find(request.path);
  const Pattern* pattern =
      literal != literals_.end() ? literal->second : match(request.path, segments_of(request.path));
  if (pattern == nullptr) return {};
  const auto action = pattern->actions.find(request.method);
  return {pattern, action == pattern->actions.end() ? nullptr : &action->second};
}

RunsOn Router::runs_on(const net::Request& request) const {
  const Action* action = find(request).action;
  return action == nullptr ? RunsOn::network_thread : action->where;
}

net::Response Router::handle(const net::Request& request) {
  const auto [pattern, action] = find(request);
  if (pattern == nullptr) return message(404, "Not Found");
  if (action != nullptr) {
    const PathParameters parameters =
        pattern->has_parameters ? parameters_of(pattern->segments, segments_of(request.path))
                                : PathParameters();
    net::Response response = action->handler(request, parameters);
    response.route = pattern->text;
    return response;
  }
  std::string allow = "OPTIONS";
  for (const auto& [method, unused] : pattern->actions) {
    if (method != "OPTIONS") allow += ", " + method;
  }
  net::Response response = message(405, "Method Not Allowed");
  if (request.method == "OPTIONS") {
    response.status = 204;
    response.body.clear();
    response.content_type.clear();
    response.request_id_at.reset();
  }
  response.headers.add("Allow", std::move(allow));
  return response;
}

}  // namespace gthulhu::rest
