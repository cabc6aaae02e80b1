// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace gthulhu {

enum class EnforcerKind : std::uint8_t { sched_ext, cfs, external, observe };

constexpr std::string_view name(EnforcerKind kind) {
  switch (kind) {
    case EnforcerKind::sched_ext: return "sched_ext";
    case EnforcerKind::cfs: return "cfs";
    case EnforcerKind::external: return "external";
    case EnforcerKind::observe: return "observe";
  }
  std::abort();
}

// Which way of making the kernel obey is in use, and why.
struct EnforcerStatus {
  EnforcerKind kind = EnforcerKind::observe;
  std::string reason;        // why this one, and why not a better one
  bool approximate = false;  // it does what it can, not all that a strategy asks for
  std::size_t tasks = 0;     // with values of ours now
  std::size_t cgroups = 0;   // likewise

  bool operator==(const EnforcerStatus&) const = default;
};

}  // namespace gthulhu
