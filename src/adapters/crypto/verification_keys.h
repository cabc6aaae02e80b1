// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "adapters/crypto/rsa_key.h"
#include "app/ports/key_store.h"
#include "base/clock.h"
#include "base/result.h"

namespace gthulhu {

enum class DemoKeys : bool { refused, allowed };
enum class OldKeys : bool { kept, forgotten };

// The keys whose tokens are still taken though they sign no more.
struct RetiredKeys {
  std::vector<RsaKey> keys;
  std::vector<std::string> unreadable;  // ids of stored keys that are none; nothing they signed is
                                        // taken
};

// Writes down at start which key signs from now on, so that its tokens stay good when another one
// takes its place: all others are retired, and those that retired longer than `longest_life` ago
// are forgotten, since no token of theirs is left. A published demo key is good for nothing as soon
// as it is no longer allowed; with OldKeys::forgotten no other key is good any more.
Result<RetiredKeys> retire_other_keys(KeyStore& store,
                                      const RsaKey& signing,
                                      std::chrono::seconds longest_life,
                                      DemoKeys demo_keys,
                                      OldKeys old_keys,
                                      TimePoint now);

}  // namespace gthulhu
