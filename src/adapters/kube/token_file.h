// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace gthulhu {

// A token in a file that somebody renews, as the kubelet does for pods. Threads: one at a time.
class TokenFile {
 public:
  // `what` is for messages: "the token file".
  TokenFile(std::string path, std::string what, const Clock& clock)
      : path_(std::move(path)), what_(std::move(what)), clock_(clock) {}

  // What the file held at most a minute ago. While it cannot be read, the last token stays: it may
  // be good for longer. Without one, the errors of read_small_file(), and Errc::corrupt when there
  // is no token in it.
  Result<std::string> token();

  // The token is no longer good: the next one is read anew.
  void forget();

 private:
  [[nodiscard]] Result<std::string> read() const;

  std::string path_;
  std::string what_;
  const Clock& clock_;
  std::string token_;                     // empty: none is known
  std::optional<MonotonicTime> read_at_;  // when the file was last read well
};

}  // namespace gthulhu
