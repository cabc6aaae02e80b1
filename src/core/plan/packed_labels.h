// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/model/pod.h"

namespace gthulhu {

// Labels in one piece of memory: a map of eight labels takes over a kilobyte, this the text and
// eight bytes per label.
class PackedLabels {
 public:
  PackedLabels() = default;
  explicit PackedLabels(const Labels& labels);

  [[nodiscard]] Labels unpack() const;

  bool operator==(const PackedLabels&) const = default;

 private:
  std::string packed_;
};

}  // namespace gthulhu
