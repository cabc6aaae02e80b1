// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/token_file.h"

#include "adapters/kube/bearer_token.h"
#include "adapters/kube/small_file.h"
#include "base/text.h"

namespace gthulhu {

namespace {

constexpr std::chrono::minutes fresh_for{1};

}  // namespace

Result<std::string> TokenFile::read() const {
  const std::string content = TRY(read_small_file(path_, what_));
  std::string token(trim(content));
  if (is_bearer_token(token)) return token;
  return Error{
      Errc::corrupt,
      what_ + " " + path_ + (token.empty() ? " is empty" : " holds something else than one token"),
      ""};
}

Result<std::string> TokenFile::token() {
  const MonotonicTime now = clock_.monotonic();
  if (read_at_ && now - *read_at_ < fresh_for) return token_;
  auto read_now = read();
  if (read_now) {
    token_ = *std::move(read_now);
    read_at_ = now;
  } else if (token_.empty()) {
    return std::move(read_now).error();
  }
  return token_;
}

void TokenFile::forget() {
  token_.clear();
  read_at_.reset();
}

}  // namespace gthulhu
