// SPDX-License-Identifier: Apache-2.0
#include "wire/fields.h"

namespace gthulhu::wire {

Error invalid_field(const std::string& field, std::string_view what) {
  return Error{Errc::invalid_argument, field + " " + std::string(what), "", field};
}

Result<> read_natural(ObjectReader& reader, std::string_view key, std::uint64_t& target) {
  std::int64_t number = 0;
  TRY(reader.read(key, number));
  if (number < 0) return invalid_field(reader.path_of(key), "must not be negative");
  target = static_cast<std::uint64_t>(number);
  return {};
}

Result<Digest> read_digest(ObjectReader& reader) {
  std::string hex;
  TRY(reader.read("digest", hex));
  const auto digest = parse_digest(hex);
  if (!digest) return invalid_field(reader.path_of("digest"), "must be 64 hexadecimal digits");
  return *digest;
}

Result<CommandMatch> read_command_match(ObjectReader& reader) {
  std::string text(name(CommandMatch::comm));
  TRY(reader.read("commandMatch", text));
  const auto match = command_match_of(text);
  if (!match) {
    return invalid_field(reader.path_of("commandMatch"), "must be comm, exe, cmdline or thread");
  }
  return *match;
}

Value encode_labels(const PackedLabels& labels) {
  Value::Object members;
  for (auto& [key, value] : labels.unpack()) members.emplace_back(key, value);
  return members;
}

}  // namespace gthulhu::wire
