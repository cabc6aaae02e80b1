// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gthulhu {

// Hashing of passwords: Argon2id as `$argon2id$v=19$m=…,t=…,p=…$salt$hash` (contract 2.2, RFC
// 9106). Both functions take tens of milliseconds and megabytes: call them on a worker. Threads:
// from anywhere.
class Passwords {
 public:
  virtual ~Passwords() = default;

  virtual Result<std::string> hash(std::string_view password) = 0;
  // Errc::corrupt when `stored` is no such text or asks for more memory or time than the bound
  // allows.
  virtual Result<bool> verify(std::string_view password, std::string_view stored) = 0;
};

}  // namespace gthulhu
