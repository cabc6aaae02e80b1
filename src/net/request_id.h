// SPDX-License-Identifier: Apache-2.0
//
// The name of one request in answers and logs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "net/http.h"

namespace gthulhu::net {

// 12 hexadecimal digits that no other start of a program has.
std::string new_request_id_prefix(Random& random);

// 1 to 128 visible ASCII characters without quotes and backslashes: it goes into headers, JSON and
// log lines as it is.
bool is_request_id(std::string_view text);

// Threads: one.
class RequestIds {
 public:
  explicit RequestIds(std::string prefix) : prefix_(std::move(prefix)) {}

  // The prefix and 12 more hexadecimal digits, never the same ones again.
  std::string next();
  // The client's own (`X-Request-ID`) when it is one, so that a request can be followed through
  // several programs; else next().
  std::string of(const Headers& headers);

 private:
  const std::string prefix_;
  std::uint64_t made_ = 0;
};

}  // namespace gthulhu::net
