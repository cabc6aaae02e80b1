// SPDX-License-Identifier: Apache-2.0
#include "main/keys.h"

#include "adapters/crypto/demo_keys.h"
#include "adapters/system/files.h"
#include "base/log.h"

namespace gthulhu {

namespace {

constexpr std::size_t key_bytes_max = 64UL * 1024;

Result<RsaKey> make_key(KeyStore& keys, const std::string& name) {
  RsaKey key = TRY(RsaKey::generate());
  const std::string pem = TRY(key.private_pem());
  TRY(keys.put_key(name, pem));
  log_info("key made", {{"for", name}, {"kid", key.thumbprint()}});
  return key;
}

}  // namespace

Result<RsaKey> own_key(KeyStore& keys, const std::string& name) {
  if (const auto kept = TRY(keys.key(name))) return RsaKey::parse_private(*kept);
  return make_key(keys, name);
}

Result<RsaKey> rotate_own_key(KeyStore& keys, const std::string& name, TimePoint now) {
  // First, because its private half is gone after the next step.
  if (const auto kept = TRY(keys.key(name))) {
    const RsaKey old = TRY(RsaKey::parse_private(*kept));
    TRY(keys.put_verification_key({old.thumbprint(), old.public_pem(), now}));
  }
  return make_key(keys, name);
}

Result<RsaKey> own_key_file(const std::string& path) {
  const Result<std::string> kept = read_file(path, key_bytes_max);
  if (kept) {
    Result<RsaKey> key = RsaKey::parse_private(*kept);
    if (!key) return std::move(key).error().in(path);
    return key;
  }
  if (kept.error().code != Errc::not_found) return kept.error();
  RsaKey key = TRY(RsaKey::generate());
  const std::string pem = TRY(key.private_pem());
  TRY(write_file(path, pem));
  log_info("key made", {{"for", "decisionmaker"}, {"kid", key.thumbprint()}});
  return key;
}

namespace {

Result<RsaKey> configured(Result<RsaKey> key, std::string_view field, bool allow_demo_keys) {
  if (!key) {
    return Error{Errc::invalid_argument, std::string(field) + ": " + key.error().message,
                 key.error().detail};
  }
  if (is_known_demo_key(*key) && !allow_demo_keys) {
    return Error{Errc::invalid_argument,
                 std::string(field) +
                     " is the Go system's published demo key, which everybody has: remove it, and "
                     "one is made at the "
                     "first start (or, for a trial, start with --allow-demo-keys)",
                 ""};
  }
  return key;
}

}  // namespace

Result<RsaKey> configured_key(std::string_view pem, std::string_view field, bool allow_demo_keys) {
  return configured(RsaKey::parse_private(pem), field, allow_demo_keys);
}

Result<RsaKey> configured_public_key(std::string_view pem,
                                     std::string_view field,
                                     bool allow_demo_keys) {
  return configured(RsaKey::parse_public(pem), field, allow_demo_keys);
}

}  // namespace gthulhu
