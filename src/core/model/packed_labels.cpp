// SPDX-License-Identifier: Apache-2.0
#include "core/model/packed_labels.h"

#include <cstdint>
#include <cstring>
#include <string_view>

namespace gthulhu {

namespace {

using Length = std::uint32_t;

void append(std::string& packed, const std::string& text) {
  const auto length = static_cast<Length>(text.size());
  packed.append(reinterpret_cast<const char*>(&length), sizeof(length));
  packed += text;
}

std::string_view take(std::string_view& packed) {
  Length length = 0;
  std::memcpy(&length, packed.data(), sizeof(length));
  const std::string_view text = packed.substr(sizeof(length), length);
  packed.remove_prefix(sizeof(length) + length);
  return text;
}

}  // namespace

PackedLabels::PackedLabels(const Labels& labels) {
  std::size_t size = 0;
  for (const auto& [key, value] : labels) size += 2 * sizeof(Length) + key.size() + value.size();
  packed_.reserve(size);
  for (const auto& [key, value] : labels) {
    append(packed_, key);
    append(packed_, value);
  }
}

Labels PackedLabels::unpack() const {
  Labels labels;
  for (std::string_view rest = packed_; !rest.empty();) {
    std::string key(take(rest));
    labels.emplace_hint(labels.end(), std::move(key), std::string(take(rest)));
  }
  return labels;
}

std::optional<std::string_view> PackedLabels::find(std::string_view key) const {
  for (std::string_view rest = packed_; !rest.empty();) {
    const std::string_view found = take(rest);
    const std::string_view value = take(rest);
    if (found == key) return value;
  }
  return std::nullopt;
}

}  // namespace gthulhu
