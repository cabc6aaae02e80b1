// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/machine_id.h"

#include "adapters/system/files.h"
#include "base/text.h"

namespace gthulhu {

std::string machine_id(const std::string& configured, const std::string& file) {
  if (const auto own = trim(configured); !own.empty()) return std::string(own);
  if (const auto content = read_file(file, 4096)) {
    if (const auto found = trim(*content); !found.empty()) return std::string(found);
  }
  return "unknown-machine-id";
}

}  // namespace gthulhu
