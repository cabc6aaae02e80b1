// SPDX-License-Identifier: Apache-2.0
//
// CPUs with the queues of bpf/scheduler.bpf.c, whose functions have their like here, by the same
// names; whatever is decided is decided by bpf/policy.h, so a promise that does not hold here does
// not hold in the kernel either. What the kernel does between them (kernel/sched/ext.c) takes no
// time: whatever happens at one moment has happened before a CPU chooses. The same machine always
// does the same.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "tests/scheduler/machine.h"
#include "tests/scheduler/simulated_limits.h"
#include "tests/scheduler/simulated_shares.h"

namespace gthulhu::scheduler {

class Simulator {
 public:
  explicit Simulator(MachineSpec machine);

  // May be called again: it goes on.
  void run(Time duration);

  // A wait that has not ended counts as far as it has come.
  [[nodiscard]] Usage usage(std::size_t task) const;
  [[nodiscard]] const CpuUsage& cpu_usage(int cpu) const { return cpus_[index(cpu)].usage; }
  [[nodiscard]] Time now() const { return Time(now_); }

 private:
  enum class Choice { taken, previous, none };
  enum class Doing { absent, sleeping, held, waiting, running };

  struct Task {
    TaskSpec spec;
    gthulhu_task state{};
    Doing doing = Doing::absent;
    int cpu = 0;                 // on which it is, or was last
    std::uint64_t ran_ns = 0;    // sum_exec_runtime
    std::uint64_t left_ns = 0;   // until it sleeps
    std::uint64_t wakes_ns = 0;  // when absent or sleeping
    std::uint64_t slice_ns = 0;  // with which it was inserted
    std::uint64_t waits_ns = 0;  // since when
    std::uint64_t waiting = 0;   // at most, since then, on the CPU
    Usage usage;
  };

  // In the order of virtual time.
  using Queue = std::deque<int>;

  struct Cpu {
    gthulhu_cpu state{};
    Queue boosted, ordinary, idle_class;
    std::deque<int> local;
    std::optional<int> current;
    std::uint64_t slice_from_ns = 0;
    std::uint64_t slice_ns = 0;  // of the current one, from then on; 0: it is over
    bool must_choose = false;
    bool is_idle = true;  // and nobody has been sent there
    std::uint64_t waste_ns = 0;
    std::int64_t debt_ns = 0;  // 20 times the debt
    CpuUsage usage;
  };

  struct Late {
    std::optional<int> number;
    std::int64_t overdue_ns = 0;
  };

  static std::size_t index(int number) { return static_cast<std::size_t>(number); }
  Task& task_of(int number) { return tasks_[index(number)]; }
  [[nodiscard]] const Task& task_of(int number) const { return tasks_[index(number)]; }
  [[nodiscard]] static bool may_run(const Task& task, int cpu) {
    return ((task.spec.cpus >> cpu) & 1) != 0;
  }

  // --- time ---
  [[nodiscard]] std::uint64_t next_event(std::uint64_t most) const;
  [[nodiscard]] std::uint64_t slice_end(const Cpu& cpu) const;
  void advance(std::uint64_t to);
  void watch(Cpu& cpu, int number, std::uint64_t ns);
  void happen();

  // --- what the kernel does ---
  void wake(int number, bool is_new);
  void fall_asleep(Cpu& cpu);
  void reschedule(int id);
  std::optional<int> pick_idle_cpu(const Task& task);
  int select_cpu_default(const Task& task, bool& is_idle);
  void insert(int number, int id, std::uint64_t slice_ns, bool preempts);
  void insert_by_vtime(int number, int id, Queue& queue, std::uint64_t slice_ns);
  bool take_first(Queue& queue, int id);
  void begin_wait(Task& task, int id);
  [[nodiscard]] static std::uint64_t waiting_on(const Cpu& cpu);

  // --- bpf/scheduler_limits.h ---
  void hold(int number, std::uint32_t limited);
  void leave_budget(const Task& task);
  void bound_run(Task& task, Cpu& cpu, std::uint64_t slice_ns);
  void release(int number, int distance, std::uint64_t grant_ns);
  void quota_comes(std::uint32_t limited);

  // --- bpf/scheduler.bpf.c ---
  void refresh(Task& task);
  void place(Task& task, int id);
  void charge(Task& task, gthulhu_cpu& cpu);
  [[nodiscard]] std::uint64_t slice_of(const Task& task) const;
  void begin_run(Cpu& cpu, Task& task, int kind, std::uint64_t exact_ns) const;
  int find_weaker(const Task& task, int id);
  int select_cpu(int number, bool& is_inserted);
  void enqueue(int number, int id, bool is_woken);
  void wait_in_order(int number, int id);
  void enqueue_in_order(int number, int id, bool is_woken);
  [[nodiscard]] Late latest(const Queue& queue, const Cpu& cpu, bool all) const;
  static bool take_starved(Cpu& cpu, Queue& queue, const Late& late);
  bool help_starving(Cpu& cpu, const Task* previous);
  Choice choose(Cpu& cpu, int id, const Task* previous);
  bool pull(Cpu& cpu, int id, bool is_busy);
  bool pull_idle_class(int id);
  void dispatch(int id, Task* previous);
  void running(int number, int id);
  void stopping(int number, int id, bool is_runnable);

  MachineSpec machine_;
  SimulatedShares shares_;
  SimulatedLimits limits_;
  std::vector<Task> tasks_;
  std::vector<Cpu> cpus_;
  std::uint64_t now_ = 0;
};

}  // namespace gthulhu::scheduler
