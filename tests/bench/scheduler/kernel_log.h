// SPDX-License-Identifier: Apache-2.0
//
// What the kernel says of stalls, in /dev/kmsg.
#pragma once

#include "base/owned.h"

namespace gthulhu::bench {

class KernelLog {
 public:
  // From now on. Ends the program where the log cannot be read.
  KernelLog();

  // Lines since then about a task, a CPU or a worker that made no progress: of RCU, of the
  // watchdogs for lockups, hung tasks and work queues, and of sched_ext. Once; ends the program
  // where the log does not have what is written to it.
  int count_stalls();

 private:
  Fd file_;
};

}  // namespace gthulhu::bench
