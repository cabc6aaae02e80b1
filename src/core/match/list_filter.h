// SPDX-License-Identifier: Apache-2.0
//
// The language in which lists are filtered, the same in the API, the command line and the web UI:
//   ns:core              a field with this value; a '*' stands for any characters
//   app=upf, app!=upf    a label with (without) this value
//   upf                  any of the item's texts contains it, without regard to case
// Terms are separated by blanks and must all hold. A term with double quotes around it or around
// what follows its first sign may hold blanks: name:"night shift".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/model/packed_labels.h"
#include "core/model/pod.h"

namespace gthulhu {

// What a filter looks at of one item.
struct FilterItem {
  // The values of a field, none or several; called only with the fields given to parse().
  std::function<std::vector<std::string>(std::string_view field)> values;
  std::optional<LabelView> labels = {};  // nothing: none
  std::vector<std::string_view> texts;
};

// A value. Threads: const functions from anywhere.
class ListFilter {
 public:
  static constexpr std::size_t longest_text = 1'024;  // characters

  ListFilter() = default;  // everything

  // Errc::invalid_argument when the text is too long, a quote does not end, or a field is none of
  // `fields`.
  static Result<ListFilter> parse(std::string_view text, std::span<const std::string_view> fields);

  [[nodiscard]] bool accepts(const FilterItem& item) const;

 private:
  enum class Kind : std::uint8_t { field, label, other_label, text };
  struct Term {
    Kind kind;
    std::string name;   // of fields and labels
    std::string value;  // lower case for texts
  };

  static bool holds(const Term& term, const FilterItem& item);

  std::vector<Term> terms_;
};

}  // namespace gthulhu
