// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/demo_keys.h"

#include <algorithm>
#include <array>

namespace gthulhu {
namespace {

// RFC 7638 thumbprints of every RSA key in the history of the Go repositories.
constexpr std::array demo_thumbprints{
    // the one pair of config/ in Gthulhu/api and of the config map in Gthulhu/chart
    std::string_view("ZN045Tt13k0VcGaoEyYN8hJ5pCJ4hBtE-wFv3pNilhc"),
};

}  // namespace

bool is_known_demo_thumbprint(std::string_view thumbprint) {
  return std::ranges::find(demo_thumbprints, thumbprint) != demo_thumbprints.end();
}

bool is_known_demo_key(const RsaKey& key) {
  return is_known_demo_thumbprint(key.thumbprint());
}

}  // namespace gthulhu
