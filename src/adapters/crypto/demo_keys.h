// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adapters/crypto/rsa_key.h"

namespace gthulhu {

// Whether the key is one that the Go system publishes in its sample configurations: everybody has
// its private half, so whoever uses it lets everybody in.
bool is_known_demo_key(const RsaKey& key);
bool is_known_demo_thumbprint(std::string_view thumbprint);

}  // namespace gthulhu
