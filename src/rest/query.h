// SPDX-License-Identifier: Apache-2.0
//
// Fields of a request's query.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"
#include "wire/strategy_request.h"

namespace gthulhu::rest {

// Empty when it is absent.
std::string query_text(const net::Request& request, std::string_view name);

// A whole number from `least` to `most`; nothing when it is absent. Errc::invalid_argument names
// the field.
Result<std::optional<std::int64_t>> query_number(const net::Request& request,
                                                 std::string_view name,
                                                 std::int64_t least,
                                                 std::int64_t most);

// Of lists: `offset`, and `limit` up to 1,000 (100 when it is absent).
struct PageBounds {
  std::size_t offset = 0;
  std::size_t limit = 100;
};
Result<PageBounds> query_page(const net::Request& request);

// `true` or `false`; false when it is absent. Errc::invalid_argument names the field.
Result<bool> query_truth(const net::Request& request, std::string_view name);

// One of `words`; nothing when it is absent. Errc::invalid_argument names the field and the words.
Result<std::optional<std::string>> query_word(const net::Request& request,
                                              std::string_view name,
                                              std::span<const std::string_view> words);

// `fieldValidation=Strict` or `Ignore`, as Kubernetes has it; ignored when it is absent.
Result<wire::UnknownFields> unknown_fields(const net::Request& request);

}  // namespace gthulhu::rest
