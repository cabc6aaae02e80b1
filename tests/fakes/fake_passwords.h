// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/ports/passwords.h"

namespace gthulhu {

// Hashes in no time, and says so in the text. Threads: from anywhere.
class FakePasswords : public Passwords {
 public:
  Result<std::string> hash(std::string_view password) override {
    return std::string(prefix) + std::string(password);
  }

  Result<bool> verify(std::string_view password, std::string_view stored) override {
    if (!stored.starts_with(prefix)) {
      return Error{Errc::corrupt, "the stored password cannot be read", ""};
    }
    return stored.substr(prefix.size()) == password;
  }

 private:
  static constexpr std::string_view prefix = "$fake$";
};

}  // namespace gthulhu
