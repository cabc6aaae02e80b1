// SPDX-License-Identifier: Apache-2.0
//
// The functions of bpf/scheduler.bpf.c, in its order and by its names.
#include <algorithm>

#include "tests/scheduler/simulator.h"

namespace gthulhu::scheduler {

namespace {

constexpr int peers_most = 64;

bool is_idle_class(const gthulhu_task& state) {
  return state.policy.priority == GTHULHU_PRIORITY_IDLE;
}

}  // namespace

void Simulator::refresh(Task& task) {
  shares_.enter(task.spec, task.state);
  task.state.share = shares_.of_task(task.spec, task.state);
}

void Simulator::place(Task& task, int id) {
  gthulhu_task& state = task.state;
  const gthulhu_cpu& cpu = cpus_[index(id)].state;
  if (state.cpu != id) {
    if (state.cpu >= 0)
      gthulhu_carry(&state, &cpus_[index(state.cpu)].state, &cpu, &machine_.settings);
    state.cpu = id;
  }
  state.vtime = gthulhu_placed(state.vtime, cpu.clock, state.share, state.policy.priority,
                               state.has_slept, waiting_on(cpus_[index(id)]), &machine_.settings);
  state.has_slept = 0;
}

void Simulator::charge(Task& task, gthulhu_cpu& cpu) {
  const gthulhu_settings& settings = machine_.settings;
  gthulhu_task& state = task.state;
  const std::uint64_t ran_ns = task.ran_ns - state.ran_ns;
  gthulhu_advance(&state, ran_ns);
  limits_.settle(state, ran_ns);
  if (is_idle_class(state)) {
    cpu.idle_since_ns = gthulhu_made_good(cpu.idle_since_ns, now_, ran_ns, settings.idle_starve_ns,
                                          settings.guard_ns);
  } else if (state.policy.priority <= 0) {
    cpu.ordinary_since_ns = gthulhu_made_good(cpu.ordinary_since_ns, now_, ran_ns,
                                              settings.starve_ns, settings.guard_ns);
  }
}

std::uint64_t Simulator::slice_of(const Task& task) const {
  return gthulhu_stretch(gthulhu_slice(&task.state.policy, &machine_.settings), &machine_.settings);
}

void Simulator::begin_run(Cpu& cpu, Task& task, int kind, std::uint64_t exact_ns) const {
  gthulhu_task& state = task.state;
  gthulhu_note_run(&cpu.state, &state, kind, now_);
  cpu.state.run_slice_ends_ns = exact_ns != 0 ? now_ + exact_ns : 0;
  gthulhu_begin_turn(&state);
  cpu.state.clock = gthulhu_clock(cpu.state.clock, state.turn_vtime, kind, state.is_out_of_order);
}

int Simulator::find_weaker(const Task& task, int id) {
  const gthulhu_task& state = task.state;
  const std::uint64_t ahead = state.vtime - cpus_[index(state.cpu)].state.clock;
  for (int i = 0; i < std::min(machine_.cpus, peers_most); ++i) {
    const int at = (id + i) % machine_.cpus;
    if (!may_run(task, at)) continue;
    const gthulhu_cpu& cpu = cpus_[index(at)].state;
    const gthulhu_running running = gthulhu_running_at(&cpu, now_);
    if (gthulhu_preempts(state.policy.priority, cpu.clock + ahead, cpu.clock, 0, &running,
                         &machine_.settings) != 0)
      return at;
  }
  return id;
}

int Simulator::select_cpu(int number, bool& is_inserted) {
  Task& task = task_of(number);
  bool is_idle = false;
  is_inserted = false;
  if (!limits_.has_budget(limits_.of(task.state.group), now_)) return task.cpu;
  const int id = select_cpu_default(task, is_idle);
  refresh(task);
  is_inserted = is_idle;
  if (!is_idle) return task.state.policy.priority > 0 ? find_weaker(task, id) : id;
  insert(number, id, slice_of(task), false);
  return id;
}

// queue_of() and note_waiting().
void Simulator::wait_in_order(int number, int id) {
  Task& task = task_of(number);
  Cpu& cpu = cpus_[index(id)];
  if (is_idle_class(task.state)) {
    cpu.state.idle_waits = 1;
    insert_by_vtime(number, id, cpu.idle_class, slice_of(task));
  } else if (task.state.policy.priority > 0) {
    cpu.state.boosted_waits = 1;
    insert_by_vtime(number, id, cpu.boosted, slice_of(task));
  } else {
    cpu.state.ordinary_waits = 1;
    insert_by_vtime(number, id, cpu.ordinary, slice_of(task));
  }
}

void Simulator::enqueue_in_order(int number, int id, bool is_woken) {
  Task& task = task_of(number);
  Cpu& cpu = cpus_[index(id)];
  gthulhu_interrupt_turn(&task.state, slice_of(task), &machine_.settings);
  task.state.has_waited = 1;
  if (is_idle_class(task.state)) {
    if (cpu.state.idle_waits == 0) cpu.state.idle_since_ns = now_;
  } else if (task.state.policy.priority <= 0 && cpu.ordinary.empty() &&
             gthulhu_begins_to_starve(cpu.state.run_kind, is_woken) != 0) {
    cpu.state.ordinary_since_ns = now_;
  }
  wait_in_order(number, id);
}

void Simulator::enqueue(int number, int id, bool is_woken) {
  Task& task = task_of(number);
  Cpu& cpu = cpus_[index(id)];
  gthulhu_task& state = task.state;
  bool preempts = false;
  refresh(task);
  place(task, id);
  state.is_out_of_order = 0;
  if (const std::uint32_t limited = limits_.of(state.group); !limits_.has_budget(limited, now_)) {
    hold(number, limited);
    return;
  }
  if ((is_woken || cpu.state.run_kind == GTHULHU_RUNS_IDLE) && !is_idle_class(state)) {
    const gthulhu_running running = gthulhu_running_at(&cpu.state, now_);
    preempts = gthulhu_preempts(state.policy.priority, state.vtime, cpu.state.clock, state.awake_ns,
                                &running, &machine_.settings) != 0;
  }
  const bool must_look =
      preempts && gthulhu_must_look_first(&cpu.state, now_, &machine_.settings) != 0;
  if (preempts && !must_look) {
    state.is_out_of_order = 1;
    gthulhu_note_run(&cpu.state, &state, gthulhu_kind(state.policy.priority), now_);
    const std::uint64_t slice = slice_of(task);
    const std::uint64_t guard = machine_.settings.guard_ns;
    insert(number, id, cpu.local.empty() ? slice : std::min<std::uint64_t>(slice, guard), true);
    return;
  }
  enqueue_in_order(number, id, is_woken);
  if (must_look) {  // kick
    cpu.state.run_slice_ends_ns = 0;
    cpu.slice_ns = 0;
    cpu.must_choose = true;
  }
  if (is_woken) return;
  if (const auto idle = pick_idle_cpu(task)) cpus_[index(*idle)].must_choose = true;
}

// The one of a queue that is past its time the most, or the least before it.
Simulator::Late Simulator::latest(const Queue& queue, const Cpu& cpu, bool all) const {
  Late late;
  std::uint64_t compared = 0;
  const std::uint64_t waiting = waiting_on(cpu);
  for (const int number : queue) {
    const Task& task = task_of(number);
    const std::int64_t overdue = gthulhu_overdue(task.waits_ns, now_, task.state.policy.priority,
                                                 waiting, &machine_.settings);
    if (!late.number || overdue > late.overdue_ns) late = {number, overdue};
    if (gthulhu_has_looked_enough(compared++, late.overdue_ns, all) != 0) break;
  }
  return late;
}

bool Simulator::take_starved(Cpu& cpu, Queue& queue, const Late& late) {
  if (!late.number) return false;
  std::erase(queue, *late.number);
  cpu.local.push_back(*late.number);
  cpu.state.is_guard_due = 1;
  return true;
}

bool Simulator::help_starving(Cpu& cpu, const Task* previous) {
  const gthulhu_settings& settings = machine_.settings;
  const bool is_boosted = previous != nullptr && previous->state.policy.priority > 0;
  const bool is_idle = previous != nullptr && is_idle_class(previous->state);
  const bool must_look = gthulhu_must_look(cpu.state.overdue_look_ns, now_) != 0;
  if ((is_boosted || cpu.state.boosted_waits != 0) &&
      gthulhu_is_starved(cpu.state.ordinary_since_ns, now_, settings.starve_ns, cpu.ordinary.size(),
                         GTHULHU_WATCHDOG_NS) != 0 &&
      take_starved(cpu, cpu.ordinary, latest(cpu.ordinary, cpu, must_look)))
    return true;
  if (must_look) {
    const Late boosted = latest(cpu.boosted, cpu, true);
    const Late ordinary = latest(cpu.ordinary, cpu, true);
    const bool is_first =
        boosted.number && (!ordinary.number || boosted.overdue_ns > ordinary.overdue_ns);
    const Late& late = is_first ? boosted : ordinary;
    if (late.number && late.overdue_ns >= 0)
      return take_starved(cpu, is_first ? cpu.boosted : cpu.ordinary, late);
    cpu.state.overdue_look_ns = gthulhu_next_look(now_, waiting_on(cpu), &settings);
  }
  return !is_idle &&
         gthulhu_is_starved(cpu.state.idle_since_ns, now_, settings.idle_starve_ns,
                            cpu.idle_class.size(), GTHULHU_WATCHDOG_NS) != 0 &&
         take_starved(cpu, cpu.idle_class, latest(cpu.idle_class, cpu, must_look));
}

Simulator::Choice Simulator::choose(Cpu& cpu, int id, const Task* previous) {
  const std::uint64_t clock = cpu.state.clock;
  const auto first_of = [&](const Queue& queue, bool is_boosted) {
    const std::uint64_t vtime =
        queue.empty() ? 0 : gthulhu_start_tag(&task_of(queue.front()).state);
    return gthulhu_candidate_of(!queue.empty(), is_boosted, vtime, clock);
  };
  gthulhu_candidate going_on{};
  gthulhu_candidate boosted{};
  gthulhu_candidate ordinary{};
  if (previous != nullptr && !is_idle_class(previous->state))
    going_on =
        gthulhu_candidate_of(1, previous->state.policy.priority, previous->state.vtime, clock);
  if (cpu.state.boosted_waits != 0) {
    boosted = first_of(cpu.boosted, true);
    if (boosted.exists == 0) cpu.state.boosted_waits = 0;
  }
  if (going_on.exists != 0 || boosted.exists != 0) ordinary = first_of(cpu.ordinary, false);
  int choice = gthulhu_choose(boosted, ordinary, going_on);
  if (choice == GTHULHU_CHOICE_BOOSTED) {
    if (take_first(cpu.boosted, id)) return Choice::taken;
    boosted.exists = 0;
    choice = gthulhu_choose(boosted, ordinary, going_on);
  }
  if (choice == GTHULHU_CHOICE_GOING_ON) return Choice::previous;
  if (take_first(cpu.ordinary, id)) return Choice::taken;
  cpu.state.ordinary_waits = 0;
  return going_on.exists != 0 ? Choice::previous : Choice::none;
}

bool Simulator::pull(Cpu& cpu, int id, bool is_busy) {
  const gthulhu_settings& settings = machine_.settings;
  if (is_busy && now_ - cpu.state.looked_ns < settings.balance_ns / 4) return false;
  cpu.state.looked_ns = now_;
  for (int i = 1; i < std::min(machine_.cpus, peers_most); ++i) {
    Cpu& peer = cpus_[index((id + i) % machine_.cpus)];
    if (peer.state.ordinary_waits == 0 && peer.state.boosted_waits == 0) continue;
    if (is_busy) {
      const std::int64_t lead = gthulhu_lead(&cpu.state, &peer.state);
      if (gthulhu_may_relieve(lead, &settings) == 0) continue;
      const auto is_first_due = [&](const Queue& queue) {
        return !queue.empty() && gthulhu_is_due(gthulhu_start_tag(&task_of(queue.front()).state),
                                                peer.state.clock, lead) != 0;
      };
      if (!is_first_due(peer.boosted) && !is_first_due(peer.ordinary)) continue;
      peer.state.clock_offset += gthulhu_forgotten(lead, &settings);
    }
    if ((peer.state.boosted_waits != 0 && take_first(peer.boosted, id)) ||
        take_first(peer.ordinary, id))
      return true;
  }
  return false;
}

// What nobody else wants is for those of -20 of other CPUs.
bool Simulator::pull_idle_class(int id) {
  for (int i = 1; i < std::min(machine_.cpus, peers_most); ++i) {
    Cpu& peer = cpus_[index((id + i) % machine_.cpus)];
    if (peer.state.idle_waits != 0 && take_first(peer.idle_class, id)) return true;
  }
  return false;
}

void Simulator::dispatch(int id, Task* previous) {
  Cpu& cpu = cpus_[index(id)];
  if (previous == nullptr && cpu.state.boosted_waits == 0 && cpu.state.idle_waits == 0 &&
      gthulhu_must_look(cpu.state.overdue_look_ns, now_) == 0 && take_first(cpu.ordinary, id))
    return;
  if (previous != nullptr) {
    charge(*previous, cpu.state);
    gthulhu_end_turn(&previous->state);
    if (!limits_.has_budget(limits_.of(previous->state.group), now_)) previous = nullptr;
  }
  if (help_starving(cpu, previous)) return;
  if (previous != nullptr) {
    const std::uint64_t left = gthulhu_slice_left(
        previous->state.policy.slice_ns, cpu.state.run_slice_ends_ns, now_, &machine_.settings);
    if (left > 0) {
      cpu.slice_ns = gthulhu_stretch(left, &machine_.settings);
      cpu.slice_from_ns = now_;
      bound_run(*previous, cpu, cpu.slice_ns);
      return;
    }
  }
  const bool is_favoured = previous != nullptr && previous->state.policy.priority > 0;
  if (!is_favoured && cpu.state.boosted_waits == 0 && pull(cpu, id, true)) return;
  const Choice choice = choose(cpu, id, previous);
  if (choice == Choice::taken) return;
  if (pull(cpu, id, choice == Choice::previous)) return;
  if (choice == Choice::none && cpu.state.idle_waits != 0) {
    if (take_first(cpu.idle_class, id)) return;
    cpu.state.idle_waits = 0;
  }
  if (choice == Choice::none && previous == nullptr && pull_idle_class(id)) return;
  if (previous == nullptr) return;
  refresh(*previous);
  previous->state.is_out_of_order = 0;
  cpu.slice_ns = slice_of(*previous);
  cpu.slice_from_ns = now_;
  begin_run(cpu, *previous, gthulhu_kind(previous->state.policy.priority),
            previous->state.policy.slice_ns);
  bound_run(*previous, cpu, slice_of(*previous));
}

void Simulator::running(int number, int id) {
  Task& task = task_of(number);
  Cpu& cpu = cpus_[index(id)];
  shares_.enter(task.spec, task.state);
  place(task, id);
  task.state.ran_ns = task.ran_ns;
  int kind = gthulhu_kind(task.state.policy.priority);
  std::uint64_t exact_ns = task.state.policy.slice_ns;
  const gthulhu_settings& settings = machine_.settings;
  const bool is_ordinary = kind == GTHULHU_RUNS_ORDINARY;
  if (is_ordinary && task.state.has_waited == 0 && cpu.ordinary.empty())
    cpu.state.ordinary_since_ns = now_;
  const bool is_owed = is_ordinary && task.state.has_waited != 0 &&
                       gthulhu_is_starved(cpu.state.ordinary_since_ns, now_, settings.starve_ns, 1,
                                          GTHULHU_WATCHDOG_NS) != 0;
  task.state.has_waited = 0;
  if (cpu.state.is_guard_due != 0 || is_owed) {
    cpu.state.is_guard_due = 0;
    task.state.is_out_of_order = 1;
    kind = GTHULHU_RUNS_GUARDED;
    exact_ns = is_ordinary ? gthulhu_turn(cpu.state.ordinary_since_ns, now_, settings.starve_ns,
                                          settings.guard_ns)
                           : settings.guard_ns;
    cpu.slice_ns = exact_ns;
  }
  begin_run(cpu, task, kind, exact_ns);
  bound_run(task, cpu, kind == GTHULHU_RUNS_GUARDED ? exact_ns : slice_of(task));
}

void Simulator::stopping(int number, int id, bool is_runnable) {
  Task& task = task_of(number);
  gthulhu_cpu& cpu = cpus_[index(id)].state;
  charge(task, cpu);
  cpu.run_kind = GTHULHU_RUNS_NONE;
  cpu.run_slice_ends_ns = 0;
  if (is_runnable) return;
  leave_budget(task);
  shares_.leave(task.state);
  task.state.has_slept = 1;
  gthulhu_end_burst(&task.state);
}

}  // namespace gthulhu::scheduler
