// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/report.h"

namespace gthulhu {

// Takes what a decision maker says about its intents. Threads: from anywhere.
class ReportSink {
 public:
  virtual ~ReportSink() = default;

  // Replaces what the node said of these intents before, and of itself.
  virtual void node_reported(NodeReport report) = 0;
};

}  // namespace gthulhu
