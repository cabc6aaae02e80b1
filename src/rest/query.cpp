// SPDX-License-Identifier: Apache-2.0
#include "rest/query.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "base/text.h"

namespace gthulhu::rest {

std::string query_text(const net::Request& request, std::string_view name) {
  const std::string* value = request.query_value(name);
  return value == nullptr ? std::string() : *value;
}

Result<std::optional<std::int64_t>> query_number(const net::Request& request,
                                                 std::string_view name,
                                                 std::int64_t least,
                                                 std::int64_t most) {
  const std::string* text = request.query_value(name);
  if (text == nullptr) return std::optional<std::int64_t>{};
  const auto number = parse_number<std::int64_t>(*text);
  if (number && *number >= least && *number <= most) return number;
  Error error{Errc::invalid_argument,
              std::string(name) + " must be a whole number from " + std::to_string(least) + " to " +
                  std::to_string(most),
              "", std::string(name)};
  return error;
}

Result<PageBounds> query_page(const net::Request& request) {
  PageBounds bounds;
  const auto offset =
      TRY(query_number(request, "offset", 0, std::numeric_limits<std::int32_t>::max()));
  const auto limit = TRY(query_number(request, "limit", 1, 1'000));
  if (offset) bounds.offset = static_cast<std::size_t>(*offset);
  if (limit) bounds.limit = static_cast<std::size_t>(*limit);
  return bounds;
}

Result<bool> query_truth(const net::Request& request, std::string_view name) {
  constexpr std::array<std::string_view, 2> words{"true", "false"};
  return TRY(query_word(request, name, words)) == "true";
}

Result<std::optional<std::string>> query_word(const net::Request& request,
                                              std::string_view name,
                                              std::span<const std::string_view> words) {
  const std::string* text = request.query_value(name);
  if (text == nullptr) return std::optional<std::string>{};
  if (std::ranges::find(words, *text) != words.end()) return std::optional(*text);
  const std::vector<std::string> known(words.begin(), words.end());
  return Error{Errc::invalid_argument, std::string(name) + " must be one of " + join(known, ", "),
               "", std::string(name)};
}

Result<wire::UnknownFields> unknown_fields(const net::Request& request) {
  constexpr std::array<std::string_view, 2> words{"Ignore", "Strict"};
  return TRY(query_word(request, "fieldValidation", words)) == "Strict"
             ? wire::UnknownFields::refused
             : wire::UnknownFields::ignored;
}

}  // namespace gthulhu::rest
