// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "app/agent/node_loop.h"
#include "base/mutex.h"

namespace gthulhu::rest {

// The list of decisions as JSON text, made once for the same decisions of one node loop: a
// scheduler that polls costs a copy, and nothing when nothing changed.
//
// Threads: all functions from anywhere.
class SchedulingText {
 public:
  struct Made {
    std::uint64_t decided = 0;  // NodeSnapshot's
    std::string list;
    std::string tag;  // the entity tag: weak, for the answer's timestamp is not in it
  };

  std::shared_ptr<const Made> of(const NodeSnapshot& view);

 private:
  Mutex mutex_;
  std::shared_ptr<const Made> made_ GUARDED_BY(mutex_);
};

// Whether a field If-None-Match (RFC 9110 section 13.1.2) names the tag, or is `*`.
bool names_tag(std::string_view field, std::string_view tag);

}  // namespace gthulhu::rest
