// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>

#include "app/ports/passwords.h"
#include "base/mutex.h"
#include "base/random.h"

namespace gthulhu {

// Argon2id (RFC 9106), version 19. New hashes take 16 MiB, 3 passes and 2 lanes; what is stored may
// ask for up to 64 MiB, 10 passes and 16 lanes. Two hashes run at a time and others wait, so that
// no more than 128 MiB are ever in use; they go back to the system after each.
//
// Threads: from anywhere. `random` must outlive it.
class Argon2Passwords : public Passwords {
 public:
  explicit Argon2Passwords(Random& random) : random_(random) {}

  Result<std::string> hash(std::string_view password) override;
  Result<bool> verify(std::string_view password, std::string_view stored) override;

 private:
  struct Parameters;
  class Turn;

  static Result<Parameters> parse(std::string_view stored);
  Result<std::string> derive(std::string_view password, const Parameters& parameters);

  Random& random_;
  Mutex mutex_;
  std::condition_variable_any turn_free_;
  int running_ GUARDED_BY(mutex_) = 0;
};

}  // namespace gthulhu
