// SPDX-License-Identifier: Apache-2.0
//
// Members of objects that several messages have. Errc::invalid_argument names the member.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"
#include "base/text.h"
#include "core/match/command_match.h"
#include "core/model/packed_labels.h"
#include "wire/json.h"
#include "wire/strategy_json.h"

namespace gthulhu::wire {

Error invalid_field(const std::string& field, std::string_view what);

// 0 or more.
Result<> read_natural(ObjectReader& reader, std::string_view key, std::uint64_t& target);

// `digest`, in hexadecimal digits.
Result<Digest> read_digest(ObjectReader& reader);

// `commandMatch`; comm where it is absent.
Result<CommandMatch> read_command_match(ObjectReader& reader);

// An id of 24 hexadecimal digits, in lower case.
template <class Id>
Result<Id> read_id(ObjectReader& reader, std::string_view key) {
  std::string text;
  TRY(reader.read(key, text));
  TRY(check_object_id(text, reader.path_of(key)));
  return Id(to_lower(text));
}

Value encode_labels(const PackedLabels& labels);

// A list with each of `items` as encode() writes it.
template <class Items, class Encode>
Value encode_each(const Items& items, const Encode& encode) {
  Value::Array encoded;
  for (const auto& item : items) encoded.push_back(encode(item));
  return encoded;
}

}  // namespace gthulhu::wire
