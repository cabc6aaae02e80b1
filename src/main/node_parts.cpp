// SPDX-License-Identifier: Apache-2.0
#include "main/node_parts.h"

#include "adapters/cfs/probe.h"
#include "adapters/cgroupfs/hierarchy.h"
#include "adapters/cgroupfs/labelled_cgroup.h"
#include "adapters/cgroupfs/proc_task_usages.h"
#include "app/agent/observe_enforcer.h"
#include "base/log.h"

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
  parts.enforcer = TRY(choose_enforcer(
      std::move(settings), wanted_kind(config.enforcer.kind),
      [](std::string reason) { return std::make_unique<ObserveEnforcer>(std::move(reason)); }));
  parts.tree = TRY(CgroupTree::open(clock, hierarchy, config.node));
  parts.processes = TRY(CgroupProcesses::open(clock, *parts.tree));
  parts.usages = std::make_unique<ProcTaskUsages>(TRY(ProcTaskUsages::open()));
  const EnforcerStatus status = parts.enforcer->status();
  log_info("enforcer chosen",
           {{"kind", std::string(name(status.kind))}, {"reason", status.reason}});
  return parts;
}

}  // namespace gthulhu
