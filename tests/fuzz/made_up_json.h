// SPDX-License-Identifier: Apache-2.0
//
// JSON values made of a fuzzer's bytes after the form of a message: most members as they should be,
// a few left out, null, of another type, or in other letters. Bytes of chance hardly ever get past
// the first checks of a message; these do.
#pragma once

#include <fuzzer/FuzzedDataProvider.h>

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/json.h"

namespace gthulhu::fuzz {

// Makes one value.
using Maker = std::function<wire::Value(FuzzedDataProvider&)>;

struct MadeUpMember {
  std::string name;
  Maker make;
};

// One of these as they are.
Maker one_of(std::initializer_list<wire::Value> values);
// Short, of valid UTF-8, or one of these.
Maker some_text(std::initializer_list<std::string_view> likely = {});
// 24 hexadecimal digits out of a small number of such ids.
Maker some_id();
// Whole, now and then far out of [least, most].
Maker some_number(std::int64_t least, std::int64_t most);
Maker some_flag();
Maker some_list(Maker item, std::size_t most);
// An object of texts.
Maker some_labels();
Maker some_object(std::vector<MadeUpMember> members);

// Inputs that begin with this byte are for a Maker, all others are text.
inline constexpr char made_up_mark = '\x01';

// The text of a message: what `make` makes of the bytes behind the mark, or the input itself.
std::string message_text(std::string_view input, const Maker& make);

// Whether two values say the same. Numbers with a fraction may differ in their last digits, and a
// whole one may have become an integer.
bool say_the_same(const wire::Value& left, const wire::Value& right);

// What every decoder owes for a body that it refuses: an Errc::invalid_argument that names the
// member, unless the body is no object at all.
void check_refusal(const Error& error, const wire::Value& body);

}  // namespace gthulhu::fuzz
