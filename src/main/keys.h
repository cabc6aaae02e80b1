// SPDX-License-Identifier: Apache-2.0
//
// Where the servers' private keys come from: the configuration, or their own first start.
#pragma once

#include <string>
#include <string_view>

#include "adapters/crypto/rsa_key.h"
#include "app/ports/key_store.h"
#include "base/clock.h"
#include "base/result.h"

namespace gthulhu {

// The key of that name; a first start makes one and keeps it.
Result<RsaKey> own_key(KeyStore& keys, const std::string& name);
// A new one in its place (--rotate-key). What the old one signed stays good until it ends: it is
// kept among the verification keys.
Result<RsaKey> rotate_own_key(KeyStore& keys, const std::string& name, TimePoint now);
// The same in a file that only its owner can read.
Result<RsaKey> own_key_file(const std::string& path);

// A key of the configuration. Errc::invalid_argument names its `field`; the Go system's published
// demo keys are refused unless allowed.
Result<RsaKey> configured_key(std::string_view pem, std::string_view field, bool allow_demo_keys);
// The same for the public half of a key whose tokens are still taken.
Result<RsaKey> configured_public_key(std::string_view pem,
                                     std::string_view field,
                                     bool allow_demo_keys);

}  // namespace gthulhu
