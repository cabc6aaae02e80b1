// SPDX-License-Identifier: Apache-2.0
//
// A pod with a cpuset whose tasks look for themselves which CPU they are on: no tracing has a part
// in it, and a look costs less than a microsecond.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <vector>

#include "tests/bench/scheduler/pod.h"
#include "tests/bench/scheduler/work.h"

namespace gthulhu::bench {

// A bit for each CPU, of which there are 32 at most.
using CpuMask = std::uint32_t;

// What tasks are told of where they may be. In shared memory.
class AllowedCpus {
 public:
  void set(CpuMask mask);
  // Whether `look`, a CPU's number, is another one. False where that was set anew meanwhile.
  template <class Look>
  [[nodiscard]] bool is_outside(const Look& look) const {
    const std::uint64_t before = state_.load();
    const int cpu = look();
    return state_.load() == before && ((before >> static_cast<unsigned>(cpu)) & 1U) == 0;
  }

 private:
  std::atomic<std::uint64_t> state_;  // the mask, and above it how often it was set
};

// Of one task, by itself. In shared memory.
struct alignas(64) Looks {
  std::atomic<std::uint64_t> taken;
  std::atomic<std::uint64_t> outside;
  std::atomic<std::int64_t> longest_ns;  // between two looks of a hog
};

class ConfinedPod {
 public:
  // The ground outlives it.
  ConfinedPod(Ground& ground, CpuMask cpus);
  ConfinedPod(const ConfinedPod&) = delete;
  ConfinedPod& operator=(const ConfinedPod&) = delete;
  ~ConfinedPod();

  // Tasks that look in a tight loop; after each sleep and after a tenth of a millisecond of work
  // then; in each of their children, which live for that look only.
  void add_hogs(int count);
  void add_sleepers(int count, Rounds millisecond);
  void add_forkers(int count);

  // Writes cpuset.cpus. While it does, tasks may be on the old and on the new ones.
  void move_to(CpuMask cpus);
  // What tasks go by only, as if the cpuset had not done its work.
  void pretend(CpuMask cpus);

  // Kills all tasks and removes the pod, as the destructor does. What they saw stays.
  void end();

  Pod& pod() { return *pod_; }
  [[nodiscard]] std::uint64_t taken() const;
  [[nodiscard]] std::uint64_t outside() const;
  [[nodiscard]] std::chrono::nanoseconds longest_standstill() const;
  struct Hogs {
    std::uint64_t seen = 0;
    std::uint64_t outside = 0;
  };
  // Where the kernel has the hogs that run by now, by field 39 of /proc/PID/stat. Of one that
  // sleeps that says where it was.
  [[nodiscard]] Hogs look_at_hogs() const;

 private:
  struct Hog {
    pid_t process = 0;
    const Looks* looks = nullptr;
  };

  Looks& add_looks();

  Ground& ground_;
  Pod* pod_;  // none after end()
  CpuMask cpus_;
  AllowedCpus& allowed_;
  std::vector<Looks*> looks_;
  std::vector<Hog> hogs_;
};

}  // namespace gthulhu::bench
