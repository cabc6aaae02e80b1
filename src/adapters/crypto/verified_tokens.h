// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "app/ports/tokens.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/mutex.h"
#include "base/result.h"

namespace gthulhu {

// Access tokens whose signature was found good, so that the next request with one costs no RSA.
// Only what never changes about a token is kept: whether it was revoked is for the caller to ask.
//
// It holds at most `most` tokens; the ones that nobody showed for longest make room.
//
// Threads: all functions from anywhere.
class VerifiedTokens {
 public:
  struct Entry {
    AccessClaims claims;
    std::int64_t not_before = 0;  // seconds since 1970
    std::int64_t expires = 0;     // likewise; from then on it is no longer good
  };

  explicit VerifiedTokens(std::size_t most = 10'000) : most_in_half_(most / 2) {}

  // The claims of a token: those of an earlier check while they are in force, else those that
  // verify(), a function → Result<Entry>, finds in it, which are kept if they are good.
  template <class Verify>
  Result<AccessClaims> check(const ShownToken& token, TimePoint now, const Verify& verify) {
    if (auto known = find(token.sha256, now)) return std::move(*known);
    Entry entry = TRY(verify());
    add(token.sha256, entry);
    return std::move(entry.claims);
  }

  // The claims of the token with this SHA-256, when it was added and is in force at `now`.
  [[nodiscard]] std::optional<AccessClaims> find(const Digest& token, TimePoint now);
  void add(const Digest& token, Entry entry);

 private:
  // The digest is a hash already, and nobody can choose it.
  struct FirstBytes {
    std::size_t operator()(const Digest& digest) const {
      std::size_t hash = 0;
      std::memcpy(&hash, digest.bytes.data(), sizeof(hash));
      return hash;
    }
  };
  using Entries = std::unordered_map<Digest, Entry, FirstBytes>;

  void put(const Digest& token, Entry entry) REQUIRES(mutex_);

  const std::size_t most_in_half_;
  Mutex mutex_;
  // What is shown moves to `recent_`; when that is full it becomes `older_`, whose entries go.
  Entries recent_ GUARDED_BY(mutex_);
  Entries older_ GUARDED_BY(mutex_);
};

}  // namespace gthulhu
