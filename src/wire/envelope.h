// SPDX-License-Identifier: Apache-2.0
//
// The frames around every answer, byte for byte as the Go system writes them (contract 1.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "wire/json.h"

namespace gthulhu::wire {

// {"success":true,"data":…,"timestamp":"…"} and a line end; without `data` when there is none.
std::string success_body(const std::optional<Value>& data, TimePoint now);

// {"success":false,"error":"…"} and a line end.
std::string error_body(std::string_view text);

// What an answer of the server says, for clients: the data, or the error text.
struct Envelope {
  bool success = false;
  std::string error;
  Value data;
};
Result<Envelope> parse_envelope(std::string_view body);

}  // namespace gthulhu::wire
