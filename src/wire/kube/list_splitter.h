// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gthulhu::wire {

// Cuts the JSON of a Kubernetes list into its items while it comes in, so that a list of any length
// takes the memory of its largest item. It finds where values begin and end; whether they are JSON
// is for who decodes them.
class ListSplitter {
 public:
  using Item = std::function<Result<>(std::string_view json)>;

  // One object is at most 1.5 MiB in etcd; what the server adds to one is little.
  static constexpr std::size_t item_bytes_max = 8UL * 1024 * 1024;
  static constexpr std::size_t rest_bytes_max = 1024UL * 1024;

  // `take` gets each element of the document's member `items`; an error of it ends the list.
  explicit ListSplitter(Item take) : take_(std::move(take)) {}

  // Errc::corrupt, Errc::too_large, or the error of `take`. To be called no more after one.
  Result<> feed(std::string_view piece);

  // The document with an empty list; Errc::corrupt when it has not ended.
  [[nodiscard]] Result<std::string> rest() const;

 private:
  // Where the text that `at` stands in goes on after its end; the piece's end when it does not.
  std::size_t skip_text(std::string_view piece, std::size_t at);
  [[nodiscard]] bool is_between_items() const { return in_items_ && depth_ == items_depth; }
  Result<> end_item(std::string_view last_part);
  Result<> keep(std::string& kept, std::size_t bytes_max, std::string_view part);

  // Inside the document's object, and inside its array.
  static constexpr std::size_t items_depth = 2;

  Item take_;
  std::string item_;  // the part of the present one that came in earlier pieces
  std::string rest_;
  std::string key_;        // the last text of the document's own object; its first letters
  std::size_t depth_ = 0;  // open objects and arrays
  bool in_text_ = false;
  bool is_escaped_ = false;
  bool in_items_ = false;
  bool has_ended_ = false;
};

}  // namespace gthulhu::wire
