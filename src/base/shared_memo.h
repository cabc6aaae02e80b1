// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "base/shared.h"

namespace gthulhu {

// What was made of shared values in the last round, so that it need not be made again of those that
// are still the same. `key` gives what the values of each round are sorted; in
// another order more is made again, and nothing is wrong.
//
// Threads: one at a time.
template <class In, class Out, auto key>
class SharedMemo {
 public:
  // What `make` makes of each of `values`, in their order; valid until the next round.
  template <class Make>
  const std::vector<Shared<Out>>& of(const std::vector<Shared<In>>& values, const Make& make) {
    update(values, make);
    return out_;
  }
  // The same; whether any value is not the one of the last round.
  template <class Make>
  bool update(const std::vector<Shared<In>>& values, const Make& make) {
    if (values.size() == in_.size()) return in_place(values, make);
    merge(values, make);
    return true;
  }
  [[nodiscard]] const std::vector<Shared<Out>>& last() const { return out_; }

  void clear() {
    in_.clear();
    out_.clear();
  }

 private:
  // The usual case: nothing came and nothing went, and most are the same.
  template <class Make>
  bool in_place(const std::vector<Shared<In>>& values, const Make& make) {
    bool is_changed = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (in_[i].is_same(values[i])) continue;
      is_changed = true;
      out_[i] = make(*values[i]);
      in_[i] = values[i];
    }
    return is_changed;
  }
  template <class Make>
  void merge(const std::vector<Shared<In>>& values, const Make& make) {
    std::vector<Shared<Out>> out;
    out.reserve(values.size());
    std::size_t known = 0;
    for (const Shared<In>& in : values) {
      const auto is_before = [&] {
        return known < in_.size() && !in_[known].is_same(in) &&
               std::invoke(key, *in_[known]) < std::invoke(key, *in);
      };
      while (is_before()) ++known;
      const bool is_known = known < in_.size() && in_[known].is_same(in);
      out.push_back(is_known ? out_[known] : Shared<Out>(make(*in)));
    }
    in_ = values;
    out_ = std::move(out);
  }

  std::vector<Shared<In>> in_;
  std::vector<Shared<Out>> out_;
};

}  // namespace gthulhu
