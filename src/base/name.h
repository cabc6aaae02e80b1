// SPDX-License-Identifier: Apache-2.0
//
// Strings that cannot be taken for each other: using PodUid = Name<struct PodUidTag>.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace gthulhu {

template <class Tag>
class Name {
 public:
  Name() = default;
  explicit Name(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  auto operator<=>(const Name&) const = default;

 private:
  std::string text_;
};

}  // namespace gthulhu

template <class Tag>
struct std::hash<gthulhu::Name<Tag>> {
  std::size_t operator()(const gthulhu::Name<Tag>& name) const noexcept {
    return std::hash<std::string>{}(name.str());
  }
};
