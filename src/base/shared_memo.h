// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "base/shared.h"

namespace gthulhu {

// What was made of shared values in the last round, so that it need not be made again of those that
// are still the same.
//
// Threads: one at a time.
template <class In, class Out>
class SharedMemo {
 public:
  // A round: begin(), of() for each value, end(). What was not asked for in it is forgotten.
  void begin() {
    ++round_;
    used_ = 0;
  }
  template <class Make>
  const Shared<Out>& of(const Shared<In>& in, const Make& make) {
    auto known = entries_.find(&*in);
    if (known == entries_.end()) {
      known = entries_.emplace(&*in, Entry{in, Shared<Out>(make(*in)), 0}).first;
    }
    if (std::exchange(known->second.round, round_) != round_) ++used_;
    return known->second.out;
  }
  void end() {
    if (entries_.size() == used_) return;
    std::erase_if(entries_, [&](const auto& entry) { return entry.second.round != round_; });
  }

  void clear() { entries_.clear(); }

 private:
  struct Entry {
    Shared<In> in;  // kept, so that its address is not given to another one
    Shared<Out> out;
    std::uint64_t round = 0;
  };

  std::unordered_map<const In*, Entry> entries_;
  std::uint64_t round_ = 0;
  std::size_t used_ = 0;
};

}  // namespace gthulhu
