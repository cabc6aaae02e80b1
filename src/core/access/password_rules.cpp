// SPDX-License-Identifier: Apache-2.0
#include "core/access/password_rules.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace gthulhu {

Result<> check_new_password(std::string_view password, std::string_view field) {
  const std::size_t length = count_characters(password);
  if (length < 8 || length > 1'024) {
    return Error{Errc::invalid_argument,
                 std::string(field) + " must have between 8 and 1024 characters", "",
                 std::string(field)};
  }
  return {};
}

std::string make_up_password(Random& random) {
  // Without 0 and O, 1, l and I.
  constexpr std::string_view letters = "23456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
  std::string password;
  while (password.size() < 24) {
    std::array<std::byte, 32> bytes{};
    random.fill(bytes);
    for (const std::byte byte : bytes) {
      // Values past the last whole multiple would favour the first letters.
      const auto value = std::to_integer<std::size_t>(byte);
      if (value >= 256 - 256 % letters.size() || password.size() == 24) continue;
      password += letters[value % letters.size()];
    }
  }
  return password;
}

}  // namespace gthulhu
