// SPDX-License-Identifier: Apache-2.0
//
// How figures leave the guest: a line each, load, arm, figure, value and unit with tabs between.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gthulhu::bench {

// Prints at once: of a guest that hangs at least the figures until then are known.
class Figures {
 public:
  explicit Figures(std::string arm) : arm_(std::move(arm)) {}

  void tell(const std::string& load, std::string_view figure, double value, std::string_view unit);
  void tell_text(const std::string& load, std::string_view figure, std::string_view text);

 private:
  std::string arm_;
};

// The smallest of `sorted` that is not below this share (0…1) of them; 0 of none.
double percentile(const std::vector<std::uint64_t>& sorted, double share);

// A bench has nothing to clean up that the end of its guest does not: it says what is wrong and
// ends.
[[noreturn]] void fail(const std::string& what);

}  // namespace gthulhu::bench
