// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace gthulhu {

// How the node hears of its processes, best first.
enum class DiscoverySource : std::uint8_t {
  bpf,      // programs in the kernel tell of every start, exec, rename, move and end
  netlink,  // the process connector tells of all but moves; what it lacks is read from /proc
  scan      // the task lists of the cgroups, again and again
};

constexpr std::string_view name(DiscoverySource source) {
  switch (source) {
    case DiscoverySource::bpf: return "bpf";
    case DiscoverySource::netlink: return "netlink";
    case DiscoverySource::scan: return "scan";
  }
  std::abort();
}

// How long after its event in the kernel something was known.
struct EventLag {
  // Upper bounds of the buckets; what took longer is in the last one, which has none.
  static constexpr std::array<std::chrono::microseconds, 9> bounds{
      std::chrono::microseconds{500},      std::chrono::microseconds{1'000},
      std::chrono::microseconds{2'500},    std::chrono::microseconds{5'000},
      std::chrono::microseconds{10'000},   std::chrono::microseconds{20'000},
      std::chrono::microseconds{50'000},   std::chrono::microseconds{100'000},
      std::chrono::microseconds{1'000'000}};

  std::array<std::uint64_t, bounds.size() + 1> counts{};
  std::chrono::nanoseconds sum{0};

  void count(std::chrono::nanoseconds lag);

  bool operator==(const EventLag&) const = default;
};

struct DiscoveryStatus {
  DiscoverySource source = DiscoverySource::scan;
  std::string reason;    // why no better source; empty for the best one
  std::string trouble;   // why something is seen late or not at all at present
  std::size_t pods = 0;  // in the index, as all that follows
  std::size_t processes = 0;
  std::size_t threads = 0;
  std::uint64_t events = 0;    // that were taken in, since the start
  std::uint64_t lost = 0;      // events that found no room, or how often there was none
  std::uint64_t rescans = 0;   // of everything, because events were lost
  std::uint64_t repaired = 0;  // processes that a look found to be others than the events said
  EventLag lag;

  bool operator==(const DiscoveryStatus&) const = default;
};

}  // namespace gthulhu
