// SPDX-License-Identifier: Apache-2.0
#include "core/model/slice.h"

#include <algorithm>
#include <string>

namespace gthulhu {

Result<Slice> Slice::parse(std::int64_t nanoseconds, std::string_view field) {
  if (nanoseconds == 0) return Slice{};
  if (nanoseconds < shortest.count() || nanoseconds > longest.count()) {
    return Error{
        Errc::invalid_argument,
        std::string(field) +
            " must be 0 or between 100000 and 100000000 nanoseconds (0.1 ms to 100 ms), not " +
            std::to_string(nanoseconds),
        "", std::string(field)};
  }
  return Slice(std::chrono::nanoseconds(nanoseconds));
}

Slice Slice::clamp(std::int64_t nanoseconds) {
  if (nanoseconds <= 0) return Slice{};
  return Slice(std::clamp(std::chrono::nanoseconds(nanoseconds), shortest, longest));
}

}  // namespace gthulhu
