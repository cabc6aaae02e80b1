// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"
#include "wire/json.h"

namespace gthulhu::rest {

// 200 with the common envelope; without `data` when the contract has none.
net::Response success(const std::optional<wire::Value>& data, TimePoint now);

// The same with data that is JSON text already.
net::Response success_text(std::string_view data, TimePoint now);

// The error's status and message in the common envelope, with its field and when to try again.
// `current` is the object as it is, for who wanted to change another state of it. What is internal
// says only that, and is logged.
net::Response failure(const Error& error, std::optional<wire::Value> current = {});

// A status of the contract's own, such as 422.
net::Response failure(int status, std::string_view text);

// 200 with a body that has no envelope.
net::Response bare(const wire::Value& body);

// The body as JSON. Errc::invalid_argument whose message begins with `what`, the contract's text
// ("Invalid request body").
Result<wire::Value> parse_body(const net::Request& request, std::string_view what);

// Puts `what` before the message of an error about the body. Where the message begins with the name
// of a field ("rank must be …"), that is the error's field, unless it names one.
Error about_body(Error error, std::string_view what);

}  // namespace gthulhu::rest
