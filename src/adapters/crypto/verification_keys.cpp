// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/verification_keys.h"

#include <utility>

#include "adapters/crypto/demo_keys.h"

namespace gthulhu {

Result<RetiredKeys> retire_other_keys(KeyStore& store,
                                      const RsaKey& signing,
                                      std::chrono::seconds longest_life,
                                      DemoKeys demo_keys,
                                      OldKeys old_keys,
                                      TimePoint now) {
  RetiredKeys retired;
  for (VerificationKey& known : TRY(store.verification_keys())) {
    if (known.id == signing.thumbprint()) continue;
    const bool is_refused = demo_keys == DemoKeys::refused && is_known_demo_thumbprint(known.id);
    if (is_refused || old_keys == OldKeys::forgotten) {
      TRY(store.erase_verification_key(known.id));
      continue;
    }
    if (!known.retired) {
      known.retired = now;
      TRY(store.put_verification_key(known));
    }
    if (*known.retired + longest_life <= now) {
      TRY(store.erase_verification_key(known.id));
      continue;
    }
    auto key = RsaKey::parse_public(known.public_pem);
    // The id decides which tokens a key is asked about; it must be the key's own.
    if (key && key->thumbprint() == known.id) {
      retired.keys.push_back(std::move(*key));
    } else {
      retired.unreadable.push_back(known.id);
    }
  }
  TRY(store.put_verification_key({signing.thumbprint(), signing.public_pem(), std::nullopt}));
  return retired;
}

}  // namespace gthulhu
