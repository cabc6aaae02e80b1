// SPDX-License-Identifier: Apache-2.0
//
// Labels that a cgroup carries itself, as extended attributes of its directory:
// trusted.gthulhu.labels, a JSON object of label to value, and trusted.gthulhu.name. Only root of
// the host sees and sets trusted.* (xattr(7)), so a container cannot label itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/model/pod.h"

namespace gthulhu {

struct GivenLabels {
  Labels labels;
  std::string name;  // empty: none was given

  bool operator==(const GivenLabels&) const = default;
};

// What `directory` carries; nothing when it carries no labels, is gone, or they are no JSON object
// of strings. Illegal keys and values, and an illegal name, are left out.
std::optional<GivenLabels> read_given_labels(const std::string& directory);

// The name first, so that whoever sees labels sees the name too. Errc::forbidden without the right.
Result<> write_given_labels(const std::string& directory, const GivenLabels& given);

// The JSON form of labels and back; nothing when the text is no object of strings.
std::string labels_to_json(const Labels& labels);
std::optional<Labels> labels_from_json(std::string_view text);

}  // namespace gthulhu
