// SPDX-License-Identifier: Apache-2.0
//
// Which function answers which path and method. An unknown path is a 404; a wrong method is a 405
// with the Allow field, and OPTIONS is answered with it (ADR 6). HEAD is not served for GET routes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/handler.h"

namespace gthulhu::rest {

// What stood in the path where a route has {name}; decoded.
class PathParameters {
 public:
  void add(std::string name, std::string value);
  // Empty when the route has no such parameter.
  [[nodiscard]] const std::string& at(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
  std::string none_;
};

using RouteHandler = std::function<net::Response(const net::Request&, const PathParameters&)>;

using net::RunsOn;

// Threads: add() before serving begins; the rest from anywhere.
class Router : public net::Handler {
 public:
  Router();
  ~Router() override;
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // `pattern` is a path whose segments may be {name} (one segment, not empty); the last may be
  // {name...} (all that is left, also nothing). Of several patterns that match a path, the one
  // with the first literal segment wins, whatever the method. A pattern without leading '/', and
  // the same method and pattern twice, stop the program.
  void add(std::string_view method, std::string_view pattern, RunsOn where, RouteHandler handler);

  // (method, pattern) of all routes, sorted.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> routes() const;

  [[nodiscard]] RunsOn runs_on(const net::Request& request) const override;
  net::Response handle(const net::Request& request) override;

 private:
  struct Action;
  struct Pattern;
  struct Found;

  [[nodiscard]] Found find(const net::Request& request) const;
  [[nodiscard]] const Pattern* match(std::string_view path,
                                     const std::vector<std::string_view>& segments) const;

  std::vector<std::unique_ptr<Pattern>> patterns_;  // the more literal first
  // By the whole path, those without parameters: most requests, and no pattern comes before them.
  std::map<std::string, const Pattern*, std::less<>> literals_;
};

}  // namespace gthulhu::rest
