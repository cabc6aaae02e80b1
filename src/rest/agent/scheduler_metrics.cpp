// SPDX-License-Identifier: Apache-2.0
#include "rest/agent/scheduler_metrics.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gthulhu::rest {

namespace {

constexpr std::string_view prefix = "gthulhu_decisionmaker_scheduler_";

struct FigureFamily {
  SchedulerFigure figure;
  std::string_view name;
  std::string_view help;      // of a scheduler that tells it: the Go system's text
  std::string_view own_help;  // of ours
};

// Names are the Go system's. They have no prefix, and the counts among them no ending, so they are
// gauges as there: as counters, OpenMetrics would give them other names.
constexpr std::array<FigureFamily, scheduler_figure_count> figure_families{
    {{SchedulerFigure::last_run_at, "user_sched_last_run_at",
      "the timestamp of the last user scheduling run",
      "Nanoseconds since the machine started, without its sleep, when rules were last written."},
     {SchedulerFigure::queued, "nr_queued", "number of tasks queued in the userspace scheduler",
      "Tasks that wait in the scheduler's queues now."},
     {SchedulerFigure::scheduled, "nr_scheduled",
      "number of tasks scheduled by the userspace scheduler",
      "Tasks that are to run next, in the kernel's queues of the CPUs, now."},
     {SchedulerFigure::running, "nr_running",
      "number of tasks currently running in the userspace scheduler",
      "CPUs that run a task of the scheduler's now."},
     {SchedulerFigure::online_cpus, "nr_online_cpus", "number of online CPUs in the system",
      "CPUs that are online now."},
     {SchedulerFigure::user_dispatches, "nr_user_dispatches", "number of user-space dispatches",
      "Always 0: user space dispatches nothing."},
     {SchedulerFigure::kernel_dispatches, "nr_kernel_dispatches",
      "number of kernel-space dispatches",
      "How often a task got a CPU, a place in a queue, or went on."},
     {SchedulerFigure::cancelled_dispatches, "nr_cancel_dispatches",
      "number of canceled dispatches", "Always 0: the scheduler takes none back."},
     {SchedulerFigure::bounced_dispatches, "nr_bounce_dispatches", "number of bounced dispatches",
      "How often a task could not have the CPU that was chosen for it, as the kernel counts."},
     {SchedulerFigure::failed_dispatches, "nr_failed_dispatches", "number of failed dispatches",
      "How often a task ran with defaults, because there was no memory for what is kept of it."},
     {SchedulerFigure::congestions, "nr_sched_congested",
      "number of times the scheduler was congested",
      "Events of tasks that were lost, so that a process was seen late."}}};

SchedulerReport report_of(const SchedulerStatus& status, std::uint64_t lost_events) {
  const SchedulerCounts& counts = status.counts;
  SchedulerReport report;
  report[SchedulerFigure::last_run_at] = status.rules_written_ns;
  report[SchedulerFigure::queued] = status.load.queued;
  report[SchedulerFigure::scheduled] = status.load.chosen;
  report[SchedulerFigure::running] = status.load.running;
  report[SchedulerFigure::online_cpus] = status.load.online_cpus;
  report[SchedulerFigure::user_dispatches] = 0;
  report[SchedulerFigure::kernel_dispatches] =
      counts.to_idle_cpu + counts.kernel_first + counts.preemptions + counts.boosted +
      counts.ordinary + counts.idle_class + counts.kept + counts.without_state;
  report[SchedulerFigure::cancelled_dispatches] = 0;
  // While it is not attached the kernel counts nothing: what was stays.
  if (status.state == SchedulerState::attached) {
    report[SchedulerFigure::bounced_dispatches] = status.bounced;
  }
  report[SchedulerFigure::failed_dispatches] = counts.without_state;
  report[SchedulerFigure::congestions] = lost_events;
  return report;
}

void append_figures(MetricsText& text,
                    const SchedulerNumbers& numbers,
                    std::string_view machine_id,
                    bool is_ours) {
  for (const FigureFamily& family : figure_families) {
    text.begin(MetricKind::gauge, std::string(family.name),
               is_ours ? family.own_help : family.help);
    text.add({{"machine_id", machine_id}}, numbers[family.figure]);
  }
}

void append_own(MetricsText& text, const SchedulerStatus& status) {
  const auto begin = [&](MetricKind kind, std::string_view name, std::string_view help) {
    text.begin(kind, std::string(prefix) + std::string(name), help);
  };
  begin(MetricKind::gauge, "attached", "1 when our scheduler decides who runs on this node.");
  text.add(status.state == SchedulerState::attached);
  begin(MetricKind::gauge, "state", "1 for the state that our scheduler is in, 0 for the others.");
  for (const SchedulerState state : all_scheduler_states) {
    text.add({{"state", name(state)}}, state == status.state);
  }
  begin(MetricKind::counter, "preemptions_total",
        "How often a task got the CPU of a weaker one when it woke up.");
  text.add(status.counts.preemptions);
  begin(MetricKind::counter, "guard_turns_total",
        "How often a task got a turn because it had waited for long.");
  text.add(status.counts.guard_turns);
  begin(MetricKind::counter, "exits_total",
        "How often the kernel let our scheduler go or did not take it back, by kind.");
  for (const SchedulerExitKind kind : all_scheduler_exit_kinds) {
    text.add({{"kind", name(kind)}}, status.exit_counts.at(static_cast<std::size_t>(kind)));
  }
  begin(MetricKind::gauge, "rules", "Rules in the kernel, by what they are for.");
  text.add({{"for", "cgroup"}}, status.rules.cgroups);
  text.add({{"for", "process"}}, status.rules.processes);
  text.add({{"for", "thread"}}, status.rules.threads);
  text.add({{"for", "pod"}}, status.rules.pods);
  text.add({{"for", "name"}}, status.rules.names);
  begin(MetricKind::gauge, "refused_rules", "Changes of rules that the kernel did not take.");
  text.add(status.rules.refused);
}

}  // namespace

void append_scheduler(MetricsText& text, const AgentMetrics& parts) {
  // Nothing of it while the node is about to stop.
  const Result<SchedulerStatus> status = parts.loop.scheduler();
  // Of one that has never been attached there are no figures.
  const bool is_ours = status && status->counts != SchedulerCounts();
  if (is_ours) parts.scheduler.take(report_of(*status, parts.loop.discovery().lost));
  if (const auto numbers = parts.scheduler.shown()) {
    append_figures(text, *numbers, parts.machine_id, is_ours);
  }
  if (status) append_own(text, *status);
}

}  // namespace gthulhu::rest
