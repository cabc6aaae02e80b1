// SPDX-License-Identifier: Apache-2.0
//
// The frames around every answer, byte for byte as the Go system writes them (contract 1.1).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "wire/json.h"

namespace gthulhu::wire {

// {"success":true,"data":…,"timestamp":"…"} and a line end; without `data` when there is none.
std::string success_body(const std::optional<Value>& data, TimePoint now);

// What an error answer says; empty and 0 are left out.
struct ErrorParts {
  std::string_view text;
  std::string_view code;  // "not_found": for programs
  std::string_view field = {};
  std::chrono::milliseconds retry_after{0};
  std::optional<Value> current = {};  // the object as it is, for who wanted to change another state
};
struct ErrorBody {
  std::string text;
  std::size_t request_id_at = 0;  // where in it the request's id goes
};

// The same with data that is JSON text already.
std::string success_body_of(std::string_view data, TimePoint now);

// {"success":false,"error":"…","code":"…","field":"…","requestId":"","retryAfterMs":…,"current":…}
// and a line end. What comes after `error` is ours.
ErrorBody error_body(const ErrorParts& parts);

// What an answer of the server says, for clients: the data, or the error text.
struct Envelope {
  bool success = false;
  std::string error;
  Value data;
};
Result<Envelope> parse_envelope(std::string_view body);

}  // namespace gthulhu::wire
