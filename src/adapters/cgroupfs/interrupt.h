// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <utility>

#include "base/owned.h"
#include "base/result.h"

namespace gthulhu {

// Ends somebody's poll(2).
//
// Threads: raise() from anywhere.
class Interrupt {
 public:
  // Errc::unavailable when no descriptor is left.
  static Result<Interrupt> open() {
    Fd event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!event.valid()) return Error{Errc::unavailable, "no eventfd is left", std::strerror(errno)};
    return Interrupt(std::move(event));
  }

  enum class Woken : std::uint8_t { not_at_all, by_interrupt, by_other };

  // Waits as long as `most` for that, or until one of these other descriptors is readable.
  [[nodiscard]] Woken wait(std::chrono::nanoseconds most,
                           std::initializer_list<int> others = {}) const {
    std::array<pollfd, 4> waited{pollfd{event_.get(), POLLIN, 0}};
    std::size_t count = 1;
    for (const int other : others) waited.at(count++) = {other, POLLIN, 0};
    const timespec time{most / std::chrono::seconds(1), (most % std::chrono::seconds(1)).count()};
    if (::ppoll(waited.data(), count, &time, nullptr) <= 0) return Woken::not_at_all;
    return waited.front().revents != 0 ? Woken::by_interrupt : Woken::by_other;
  }

  void raise() const {
    const std::uint64_t one = 1;
    // Fails only where it is readable already.
    (void)!::write(event_.get(), &one, sizeof one);
  }
  void clear() const {
    std::uint64_t count = 0;
    (void)!::read(event_.get(), &count, sizeof count);
  }

 private:
  explicit Interrupt(Fd event) : event_(std::move(event)) {}

  Fd event_;
};

}  // namespace gthulhu
