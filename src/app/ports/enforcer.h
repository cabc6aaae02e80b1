// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/ports/node_scheduler.h"
#include "base/result.h"
#include "core/model/decision.h"
#include "core/model/enforcer_status.h"
#include "core/model/expected_pod.h"
#include "core/model/outcome.h"

namespace gthulhu {

// Makes the kernel obey. Level-triggered: every call brings the whole wanted set, and whatever this
// enforcer changed before and is not in it is put back to what it was. Calls with an unchanged set
// are cheap.
//
// Threads: all functions from the node loop only.
class Enforcer {
 public:
  virtual ~Enforcer() = default;

  [[nodiscard]] virtual EnforcerStatus status() const = 0;

  // What is to hold in pods where nothing has been seen yet, all of them, from the next enforce()
  // or audit() on. Without meaning where only what runs can be told to the kernel.
  virtual void expect(const ExpectedPods& /*pods*/) {}

  // For each pod an outcome of each intent with a decision that could be looked at, of several the
  // worst among them; a task that is gone is no outcome. Errc::unavailable when nothing may be
  // written, such as a journal on a full disk.
  virtual Result<Outcomes> enforce(const Decisions& wanted) = 0;

  // Reads back what was written, of much a part in turn, and repairs or reports what differs.
  // Called about once a second.
  virtual Result<> audit() = 0;

  // Whether audit() is to be called although nothing is wanted, because something of this enforcer
  // is in the kernel that may have to go.
  [[nodiscard]] virtual bool is_to_be_watched() const { return false; }

  // The scheduler through which it works, or would if it were attached; null: it has none.
  [[nodiscard]] virtual NodeScheduler* scheduler() { return nullptr; }

  // Puts everything back. After it, enforce() may be called again.
  virtual Result<> restore_all() = 0;
};

}  // namespace gthulhu
