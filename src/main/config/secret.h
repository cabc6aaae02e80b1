// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

namespace gthulhu {

// A password or private key out of the configuration. It goes into no log line or error text by
// accident: whoever needs the text has to ask for it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string text_;
};

}  // namespace gthulhu
