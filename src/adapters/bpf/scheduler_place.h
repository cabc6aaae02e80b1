// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/bpf/scheduler_program.h"
#include "base/result.h"
#include "core/model/cgroup.h"

namespace gthulhu {

// Where our scheduler has its place on this machine: a directory of the BPF file system, in which
// it is pinned, so that it is there without the process that loaded it (design D12). One process at
// a time has the place; the kernel gives it to the next one whatever ends the last.
//
// Pins appear all at once, under a name that says what was loaded: the object's bytes and all that
// is set when it is loaded.
//
// Threads: as a value.
class SchedulerPlace {
 public:
  struct Settings {
    CgroupVersion cpu_hierarchy = CgroupVersion::v2;
    std::string bpffs = "/sys/fs/bpf";  // the root of the BPF file system
  };
  // What is pinned there.
  enum class Left : std::uint8_t {
    nothing,
    same,  // what load() would load
    other  // another one, or half of one
  };

  static std::unique_ptr<SchedulerPlace> open(Settings settings);
  virtual ~SchedulerPlace() = default;

  // Does nothing once this process has it. Errc::conflict: another one has. Errc::unsupported, with
  // the reason: there is no such place here, but what is loaded can be attached all the same.
  virtual Result<> claim() = 0;

  [[nodiscard]] virtual Left left() const = 0;
  // These need the place.
  // What is `same`. Errc::unsupported where it cannot be had.
  virtual Result<std::unique_ptr<SchedulerProgram>> adopt() = 0;
  // There must be nothing left. Errc::unsupported, with the reason; then there is nothing either.
  virtual Result<> pin(SchedulerProgram& program) = 0;
  // Detaches what is pinned, whoever has it, and takes the pins away. Errc::unavailable, with the
  // reason, when some stay.
  virtual Result<> remove() = 0;

  // Anew; not attached. Errc::unsupported, with the reason, where the kernel does not take it.
  virtual Result<std::unique_ptr<SchedulerProgram>> load() = 0;
};

}  // namespace gthulhu
