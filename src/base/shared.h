// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace gthulhu {

// A value that never changes and is shared by all its copies: a copy costs a pointer, and of two
// that are the same nobody needs to look inside.
//
// Threads: as a value; what is inside may be read from anywhere.
template <class T>
class Shared {
 public:
  // All that are made so are the same.
  Shared() : value_(empty()) {}
  // From what a T can be made of without being asked.
  template <class U = T>
    requires(std::convertible_to<U, T> && !std::same_as<std::remove_cvref_t<U>, Shared>)
  Shared(U&& value)  // NOLINT(google-explicit-constructor): it is the value
      : value_(std::make_shared<const T>(std::forward<U>(value))) {}

  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }

  // The value as others share it: it lives as long as either.
  [[nodiscard]] const std::shared_ptr<const T>& pointer() const { return value_; }

  // Whether both are copies of one value; equal ones need not be.
  [[nodiscard]] bool is_same(const Shared& other) const { return value_ == other.value_; }

  friend bool operator==(const Shared& left, const Shared& right) {
    return left.value_ == right.value_ || *left.value_ == *right.value_;
  }

 private:
  static const std::shared_ptr<const T>& empty() {
    static const auto value = std::make_shared<const T>();
    return value;
  }

  std::shared_ptr<const T> value_;
};

}  // namespace gthulhu
