// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "core/model/intent.h"

namespace gthulhu {

// The node's last acknowledged intents on disk (design D12). Threads: from the node loop only.
class IntentFile {
 public:
  virtual ~IntentFile() = default;

  // Generation 0 and no intents when there is no file yet; Errc::corrupt when it cannot be read.
  virtual Result<NodeIntents> load() = 0;
  // Success means it survives a crash of the machine, and load() takes it. Errc::too_large for what
  // load() would not.
  virtual Result<> save(const NodeIntents& intents) = 0;
};

}  // namespace gthulhu
