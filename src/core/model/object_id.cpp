// SPDX-License-Identifier: Apache-2.0
#include "core/model/object_id.h"

#include <array>
#include <span>

#include "base/text.h"

namespace gthulhu {

std::string new_object_id(TimePoint now, Random& random) {
  std::array<std::byte, 12> id{};
  random.fill(std::span(id).subspan(4));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  for (std::size_t i = 0; i < 4; ++i) {
    id.at(i) =
        static_cast<std::byte>((static_cast<std::uint64_t>(seconds) >> (24 - 8 * i)) & 0xffU);
  }
  return to_hex(id);
}

}  // namespace gthulhu
