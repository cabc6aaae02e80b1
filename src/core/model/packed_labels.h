// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/model/pod.h"

namespace gthulhu {

// Labels in one piece of memory: a map of eight labels takes over a kilobyte, this the text and
// eight bytes per label.
class PackedLabels {
 public:
  PackedLabels() = default;
  PackedLabels(const Labels& labels);  // NOLINT(google-explicit-constructor): the same value

  [[nodiscard]] bool empty() const { return packed_.empty(); }
  // All keys and values, and eight bytes for each pair.
  [[nodiscard]] std::size_t bytes() const { return packed_.size(); }
  [[nodiscard]] Labels unpack() const;
  // The value of a label, without unpacking; valid as long as this. Nothing when it is absent.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view key) const;

  bool operator==(const PackedLabels&) const = default;

 private:
  std::string packed_;
};

// Labels in either form. Valid as long as what it was made of.
class LabelView {
 public:
  LabelView(const Labels& labels) : labels_(&labels) {}
  LabelView(const PackedLabels& packed) : packed_(&packed) {}

  [[nodiscard]] std::optional<std::string_view> find(const std::string& key) const {
    if (packed_ != nullptr) return packed_->find(key);
    const auto label = labels_->find(key);
    if (label == labels_->end()) return std::nullopt;
    return label->second;
  }

 private:
  const Labels* labels_ = nullptr;
  const PackedLabels* packed_ = nullptr;
};

}  // namespace gthulhu
