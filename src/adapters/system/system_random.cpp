// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/system_random.h"

#include <sys/random.h>

#include <cerrno>

#include "base/check.h"

namespace gthulhu {

void SystemRandom::fill(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    CHECK(got > 0);  // without randomness no key, salt or id may be made
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace gthulhu
