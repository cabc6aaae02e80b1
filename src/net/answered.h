// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "net/http.h"

namespace gthulhu::net {

// One answer that is on its way, for logs and metrics. What the server refused itself has of its
// request what was understood, perhaps nothing.
struct Answered {
  const Request& request;
  const Response& response;
  std::chrono::nanoseconds took;  // since the request was complete
};

// Which answers a log tells of. `changes` are all but successful reads: of these there are
// thousands, and each says the same.
enum class LoggedAnswers : std::uint8_t { all, changes, off };

// Must be quick and not throw. Threads: the network thread.
using AnswerReport = std::function<void(const Answered&)>;

}  // namespace gthulhu::net
