// SPDX-License-Identifier: Apache-2.0
#include "main/node_parts.h"

#include "adapters/bpf/bpf_run_queue_meter.h"
#include "adapters/bpf/bpf_task_events.h"
#include "adapters/bpf/scheduler_place.h"
#include "adapters/cfs/probe.h"
#include "adapters/cgroupfs/cgroup_delays.h"
#include "adapters/cgroupfs/cgroup_processes.h"
#include "adapters/cgroupfs/evented_processes.h"
#include "adapters/cgroupfs/hierarchy.h"
#include "adapters/cgroupfs/labelled_cgroup.h"
#include "adapters/cgroupfs/proc_task_usages.h"
#include "adapters/netlink/netlink_task_events.h"
#include "app/agent/external_enforcer.h"
#include "app/agent/observe_enforcer.h"
#include "app/ports/quota_counts.h"
#include "base/log.h"
#include "main/own_scheduler.h"

namespace gthulhu {

namespace {

std::optional<EnforcerKind> wanted_kind(EnforcerChoice choice) {
  switch (choice) {
    case EnforcerChoice::automatic: return std::nullopt;
    case EnforcerChoice::sched_ext: return EnforcerKind::sched_ext;
    case EnforcerChoice::cfs: return EnforcerKind::cfs;
    case EnforcerChoice::external: return EnforcerKind::external;
    case EnforcerChoice::observe: return EnforcerKind::observe;
  }
  std::abort();
}

// The best source of events that works here, chosen by trying; none when there is none. `reason`
// says why not a better one. Errc::unsupported when the operator's choice does not work: nobody
// gets another than he named.
Result<std::unique_ptr<TaskEvents>> choose_events(DiscoveryChoice choice,
                                                  CgroupVersion cpu_hierarchy,
                                                  std::string& reason) {
  using Choice = DiscoveryChoice;
  const auto try_one = [&](Choice own, auto open) -> Result<std::unique_ptr<TaskEvents>> {
    if (choice != own && choice != Choice::automatic) return nullptr;
    Result<std::unique_ptr<TaskEvents>> events = open();
    if (events) return events;
    if (choice == own) {
      return std::move(events).error().in("discovery.source = " + std::string(name(own)));
    }
    if (!reason.empty()) reason += "; ";
    reason += std::string(name(own)) + ": " + events.error().text();
    return nullptr;
  };
  auto events = TRY(try_one(Choice::bpf, [&] { return open_bpf_task_events(cpu_hierarchy); }));
  if (events == nullptr) {
    events = TRY(try_one(Choice::netlink, [] { return open_netlink_task_events(); }));
  }
  if (events == nullptr && choice != Choice::automatic) reason = "discovery.source = scan";
  return events;
}

Result<std::unique_ptr<Processes>> open_processes(DiscoveryChoice choice,
                                                  const Clock& clock,
                                                  CgroupTree& tree) {
  std::string reason;
  auto events = TRY(choose_events(choice, tree.hierarchy().version, reason));
  if (events != nullptr) {
    return TRY(EventedProcesses::open(clock, tree, std::move(events), {.reason = reason}));
  }
  return TRY(CgroupProcesses::open(clock, tree, std::move(reason)));
}

// Our scheduler where it can be used, and `fallback` where and while it cannot.
std::unique_ptr<SchedExtEnforcer> with_scheduler(const AgentConfig& config,
                                                 const Clock& clock,
                                                 const CpuHierarchy& hierarchy,
                                                 std::unique_ptr<Enforcer> fallback) {
  SchedExtEnforcer::Settings settings;
  settings.hierarchy = hierarchy;
  settings.refuse_limited_nodes = config.scheduler.refuse_limited_nodes;
  settings.orphan_after = config.orphan_after;
  settings.keep_on_stop = config.scheduler.keep_on_stop;
  if (config.enforcer.kind == EnforcerChoice::sched_ext) {
    settings.chosen_because = "set by the operator";
  }
  return start_own_scheduler(std::move(settings), clock, std::move(fallback));
}

// One that an earlier run has left in the kernel, where another enforcer is wanted now.
void let_kept_scheduler_go(CgroupVersion version) {
  const auto place = SchedulerPlace::open({.cpu_hierarchy = version});
  // Nothing is made where nothing is left.
  if (place->left() == SchedulerPlace::Left::nothing || !place->claim()) return;
  if (const Result<> removed = place->remove(); !removed) {
    log_warning("a scheduler of an earlier run stays", {{"error", removed.error().text()}});
  }
}

std::unique_ptr<PodDelays> open_delays(bool count_waits,
                                       CgroupTree& tree,
                                       std::shared_ptr<const QuotaCounts> quotas) {
  std::unique_ptr<RunQueueMeter> meter;
  std::string uncounted;
  if (count_waits) {
    auto opened = open_bpf_run_queue_meter(tree.hierarchy().version);
    if (opened) {
      meter = *std::move(opened);
    } else {
      uncounted = opened.error().text();
    }
  } else {
    uncounted = "metrics.run_queue_waits = false";
  }
  return std::make_unique<CgroupDelays>(tree, std::move(meter), std::move(uncounted),
                                        std::move(quotas));
}

}  // namespace

Result<NodeParts> NodeParts::open(const AgentConfig& config, const Clock& clock) {
  const CpuHierarchy hierarchy = TRY(find_cpu_hierarchy());
  if (const Result<> swept = sweep_leftovers(hierarchy); !swept) {
    log_warning("empty cgroups of earlier runs stay", {{"error", swept.error().text()}});
  }
  CfsEnforcer::Settings settings;
  settings.journal_path = config.data_dir + "/cfs.journal";
  settings.hierarchy = hierarchy;
  settings.kubelet_weights = config.enforcer.kubelet_weights;

  NodeParts parts;
  parts.reads = std::make_unique<DecisionReads>(clock);
  const auto make_idle = [&](EnforcerKind kind, std::string reason) -> std::unique_ptr<Enforcer> {
    if (kind == EnforcerKind::external) {
      return std::make_unique<ExternalEnforcer>(clock, *parts.reads, std::move(reason));
    }
    return std::make_unique<ObserveEnforcer>(std::move(reason));
  };
  parts.enforcer =
      TRY(choose_enforcer(std::move(settings), wanted_kind(config.enforcer.kind), make_idle));
  std::shared_ptr<const QuotaCounts> quotas;
  const EnforcerChoice choice = config.enforcer.kind;
  if (choice == EnforcerChoice::automatic || choice == EnforcerChoice::sched_ext) {
    auto enforcer = with_scheduler(config, clock, hierarchy, std::move(parts.enforcer));
    quotas = enforcer->quota_counts();
    parts.enforcer = std::move(enforcer);
  } else {
    let_kept_scheduler_go(hierarchy.version);
  }
  parts.tree = TRY(CgroupTree::open(clock, hierarchy, config.node));
  parts.processes = TRY(open_processes(config.discovery, clock, *parts.tree));
  parts.usages = std::make_unique<ProcTaskUsages>(TRY(ProcTaskUsages::open()));
  parts.delays = open_delays(config.count_waits, *parts.tree, std::move(quotas));
  const EnforcerStatus status = parts.enforcer->status();
  log_info("enforcer chosen",
           {{"kind", std::string(name(status.kind))}, {"reason", status.reason}});
  const DiscoveryStatus discovery = parts.processes->status();
  log_info("discovery of processes chosen",
           {{"source", std::string(name(discovery.source))}, {"reason", discovery.reason}});
  if (const std::string reason = parts.delays->uncounted(); !reason.empty()) {
    log_info("run queue waits are not counted", {{"reason", reason}});
  }
  return parts;
}

}  // namespace gthulhu
