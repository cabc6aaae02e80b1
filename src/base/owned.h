// SPDX-License-Identifier: Apache-2.0
//
// Owners of what the operating system and C libraries hand out.
#pragma once

#include <unistd.h>

#include <memory>
#include <utility>

namespace gthulhu {

// Owns a pointer of a C library and gives it back its own way:
// using Database = Owned<sqlite3, sqlite3_close_v2>.
template <auto release>
struct Releaser {
  void operator()(auto* resource) const noexcept { release(resource); }
};
template <class T, auto release>
using Owned = std::unique_ptr<T, Releaser<release>>;

// Owns a file descriptor. Errors of close are not seen: where they matter, call ::fsync first.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int number) : number_(number) {}
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (number_ >= 0) ::close(number_);
  }

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

}  // namespace gthulhu
