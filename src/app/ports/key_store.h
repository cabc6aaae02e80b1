// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace gthulhu {

// Private keys that the program made for itself, as PEM by name ("manager", "decisionmaker").
// A function that returns success has its change on disk. Threads: all functions from anywhere.
class KeyStore {
 public:
  virtual ~KeyStore() = default;

  virtual Result<std::optional<std::string>> key(const std::string& name) = 0;
  virtual Result<> put_key(const std::string& name, const std::string& pem) = 0;
};

}  // namespace gthulhu
