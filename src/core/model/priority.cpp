// SPDX-License-Identifier: Apache-2.0
#include "core/model/priority.h"

#include <algorithm>
#include <cmath>

namespace gthulhu {

Result<Priority> Priority::parse(std::int64_t value, std::string_view field) {
  if (value < lowest || value > highest) {
    return Error{Errc::invalid_argument,
                 std::string(field) + " must be between -20 and 20, not " + std::to_string(value),
                 "", std::string(field)};
  }
  return Priority(static_cast<int>(value));
}

Priority Priority::clamp(std::int64_t value) {
  return Priority(static_cast<int>(std::clamp<std::int64_t>(value, lowest, highest)));
}

double Priority::weight_factor() const {
  return std::pow(1.25, value_);
}

}  // namespace gthulhu
