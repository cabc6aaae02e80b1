// SPDX-License-Identifier: Apache-2.0
//
// Cgroups with processes of this program in them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/owned.h"
#include "core/model/task_event.h"
#include "tests/bench/scheduler/arm.h"

namespace gthulhu::bench {

// One pod, /sys/fs/cgroup/bench/NAME, with the controllers `cpu` and `cpuset` on. Everything in it
// is killed, and it is removed, at the end.
class Pod {
 public:
  Pod(Arm& arm, std::string path);
  Pod(const Pod&) = delete;
  Pod& operator=(const Pod&) = delete;
  ~Pod();

  // Forks; the child joins the pod, calls `work` as soon as all pods of the ground are told to
  // begin, and ends with it, at the latest with this program. Its process id.
  pid_t start(const std::function<void()>& work);

  [[nodiscard]] CgroupId id() const;
  // CPU time of all that ran in it, of cpu.stat.
  [[nodiscard]] std::chrono::microseconds used() const;
  void favour(Priority priority, Slice slice = {});
  // cpu.max: so many hundredths of a CPU, in periods of 100 ms.
  void limit(int hundredths);
  void end_limit();
  // cpu.weight, 1…10000.
  void weigh(int weight);
  // cpuset.cpus, a list as the kernel reads it: "0-2,5". Of a pod right below the ground only.
  void confine(const std::string& cpus);

 private:
  friend class Ground;

  Arm* arm_;
  std::string path_;
  bool is_favoured_ = false;
  int gate_ = -1;  // a byte for each process says to begin
  std::vector<pid_t> processes_;
  std::size_t waiting_ = 0;  // of them, at the gate
};

// How long a load waits after it favoured pods: every arm's rules are in force by then.
inline constexpr std::chrono::milliseconds until_ruled{300};

// The pods of one load. Threads: one.
class Ground {
 public:
  explicit Ground(Arm& arm);
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  ~Ground();

  // Valid as long as the ground.
  Pod& add_pod();
  // At a path below those of the ground, whose parents were added before.
  Pod& add_cgroup(const std::string& path, int weight);
  // Before the ground goes.
  void remove(const Pod& pod);
  // Lets all begin that was started since the last time.
  void begin();

 private:
  void make_gate();

  Arm& arm_;
  Fd gate_read_;
  Fd gate_write_;
  std::vector<std::unique_ptr<Pod>> pods_;
  int next_pod_ = 0;  // for its name
};

// The sum.
std::chrono::microseconds used_by(const std::vector<Pod*>& pods);

// Keeps the calling thread, and what it forks, on this CPU, or on the first `count`.
void stay_on_cpu(int cpu);
void stay_on_first_cpus(int count);
int usable_cpus();

}  // namespace gthulhu::bench
