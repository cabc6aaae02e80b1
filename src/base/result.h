// SPDX-License-Identifier: Apache-2.0
//
// How functions fail: with a value that must be looked at. An Error has one
// text for whoever asked (`message`) and one for the log (`detail`).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

namespace gthulhu {

// What kind of failure it is. rest/reply.cpp maps it to an HTTP status,
// cli/print.cpp to an exit code; nothing else may.
enum class Errc : std::uint8_t {
  invalid_argument,
  unauthenticated,
  forbidden,
  not_found,
  conflict,
  stale,
  too_large,
  too_many,
  unsupported,
  unavailable,
  timeout,
  corrupt,
  internal
};

struct Error {
  Errc code = Errc::internal;
  std::string message;  // safe to show to whoever asked
  std::string detail;   // for the log only
  // Which part of the input is wrong, as its path ("labelSelectors[2].key"); empty when no single
  // one is.
  std::string field = {};
  // When it makes sense to try again; 0 when that is not known.
  std::chrono::milliseconds retry_after{0};

  // Adds what the program was doing when the error came up.
  [[nodiscard]] Error in(std::string_view doing) && {
    detail = detail.empty() ? std::string(doing) : std::string(doing) + ": " + detail;
    return std::move(*this);
  }

  // Both texts, for a log line or a terminal.
  [[nodiscard]] std::string text() const {
    return detail.empty() ? message : message + " (" + detail + ")";
  }
};

template <class T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;

  // A default constructor is not inherited.
  Result()
    requires std::is_void_v<T>
  = default;
  Result(Error error) : tl::expected<T, Error>(tl::unexpected<Error>(std::move(error))) {}
};

namespace detail {
template <class T>
T take(Result<T>&& result) {
  // tl::expected<void, E> 1.0.0 has no usable value().
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
}  // namespace detail

}  // namespace gthulhu

// The value of a Result, or return its Error from the enclosing function.
#define TRY(...)                                                         \
  __extension__({                                                        \
    auto try_result_ = (__VA_ARGS__);                                    \
    if (!try_result_.has_value()) return std::move(try_result_).error(); \
    ::gthulhu::detail::take(std::move(try_result_));                     \
  })
