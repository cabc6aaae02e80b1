// SPDX-License-Identifier: Apache-2.0
#include "rest/agent/agent_metrics.h"

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "rest/agent/agent_guard.h"
#include "rest/agent/scheduler_metrics.h"
#include "rest/bind.h"
#include "rest/metrics_reply.h"
#include "wire/scheduler_report_json.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view prefix = "gthulhu_decisionmaker";
constexpr std::string_view bad_body = "Invalid request payload";
// In place of names of pods that have no entry of their own; no name in Kubernetes begins so.
constexpr std::string_view other_pods = "_other";

struct UsageFamily {
  std::uint64_t TaskUsage::* count;
  std::string_view name;
  std::string_view help;
};

constexpr std::array<UsageFamily, 6> usage_families{
    {{&TaskUsage::voluntary_switches, "gthulhu_pod_voluntary_ctx_switches_total",
      "How often the pod's tasks gave their CPU up."},
     {&TaskUsage::involuntary_switches, "gthulhu_pod_involuntary_ctx_switches_total",
      "How often a CPU was taken from the pod's tasks."},
     {&TaskUsage::cpu_ns, "gthulhu_pod_cpu_time_nanoseconds_total",
      "How long the pod's tasks have run."},
     {&TaskUsage::wait_ns, "gthulhu_pod_wait_time_nanoseconds_total",
      "How long the pod's tasks were ready to run and had no CPU."},
     {&TaskUsage::runs, "gthulhu_pod_run_count_total", "How often the pod's tasks got a CPU."},
     {&TaskUsage::migrations, "gthulhu_pod_cpu_migrations_total",
      "How often the pod's tasks went to another CPU."}}};

void append_gauge(MetricsText& text,
                  std::string_view name,
                  std::string_view help,
                  const MetricValue& value) {
  text.begin(MetricKind::gauge, std::string(prefix) + std::string(name), help);
  text.add(value);
}

MetricLabels labels_of(const PodUsage& pod, std::string_view machine_id) {
  const std::string_view node = pod.node.empty() ? machine_id : std::string_view(pod.node.str());
  if (pod.pod.empty()) {
    return {{"pod_name", other_pods},
            {"pod_uid", other_pods},
            {"namespace", other_pods},
            {"node_name", node}};
  }
  return {{"pod_name", pod.pod_name},
          {"pod_uid", pod.pod.str()},
          {"namespace", pod.name_space.str()},
          {"node_name", node}};
}

void append_pods(MetricsText& text,
                 const std::vector<PodUsage>& pods,
                 std::string_view machine_id) {
  if (pods.empty()) return;
  for (const UsageFamily& family : usage_families) {
    text.begin(MetricKind::counter, std::string(family.name), family.help);
    for (const PodUsage& pod : pods) {
      text.add(labels_of(pod, machine_id), pod.used.*family.count);
    }
  }
  text.begin(MetricKind::gauge, "gthulhu_pod_process_count", "Processes that an intent selects.");
  for (const PodUsage& pod : pods) text.add(labels_of(pod, machine_id), pod.processes);
}

void append_histogram(MetricsText& text, MetricLabels labels, const DurationCounts& counts) {
  labels.push_back({"le", ""});
  std::uint64_t below = 0;
  for (std::size_t i = 0; i + 1 < DurationCounts::bucket_count; ++i) {
    below += counts.counts.at(i);
    const std::string bound = seconds_text(DurationCounts::bound(i));
    labels.back().value = bound;
    text.add("_bucket", labels, below);
  }
  below += counts.counts.back();
  labels.back().value = "+Inf";
  text.add("_bucket", labels, below);
  labels.pop_back();
  text.add("_sum", labels, counts.sum);
  text.add("_count", labels, below);
}

// Of pods of which runs are counted.
void append_runs(MetricsText& text,
                 const std::vector<PodUsage>& pods,
                 std::string_view machine_id) {
  const auto histogram = [&](std::string_view name, std::string_view help,
                             DurationCounts RunCounts::* counts) {
    text.begin(MetricKind::histogram, std::string(name), help);
    for (const PodUsage& pod : pods) {
      append_histogram(text, labels_of(pod, machine_id), (*pod.delay.runs).*counts);
    }
  };
  const auto counter = [&](std::string_view name, std::string_view help, auto count) {
    text.begin(MetricKind::counter, std::string(name), help);
    for (const PodUsage& pod : pods) {
      text.add(labels_of(pod, machine_id), (*pod.delay.runs).*count);
    }
  };
  histogram("gthulhu_pod_run_queue_wait_seconds",
            "How long the pod's tasks waited for CPUs that others had, before each run.",
            &RunCounts::waits);
  counter("gthulhu_pod_throttled_waits_total",
          "How often the pod's tasks waited while their cgroup's quota was used up.",
          &RunCounts::throttled);
  counter("gthulhu_pod_throttled_wait_seconds_total", "How long these waits took.",
          &RunCounts::throttled_sum);
  histogram("gthulhu_pod_cpu_burst_seconds",
            "CPU time of the pod's tasks from each time that one got a CPU to its leaving it.",
            &RunCounts::bursts);
  counter("gthulhu_pod_preempted_bursts_total",
          "How often the pod's tasks left a CPU though they could have gone on.",
          &RunCounts::preempted);
}

void append_throttling(MetricsText& text,
                       const std::vector<PodUsage>& pods,
                       std::string_view machine_id) {
  const auto family = [&](std::string_view name, std::string_view help, auto value) {
    text.begin(MetricKind::counter, std::string(name), help);
    for (const PodUsage& pod : pods)
      text.add(labels_of(pod, machine_id), value(pod.delay.throttling));
  };
  family("gthulhu_pod_quota_periods_total",
         "Periods in which cgroups of the pod with a quota had something to run.",
         [](const Throttling& counts) { return counts.periods; });
  family("gthulhu_pod_throttled_periods_total", "Those in which the quota was used up.",
         [](const Throttling& counts) { return counts.throttled_periods; });
  family("gthulhu_pod_throttled_seconds_total",
         "How long the pod's cgroups were held back for that: by the kernel of all CPUs together, "
         "by our scheduler once.",
         [](const Throttling& counts) { return counts.time; });
}

// Of pods with an entry of their own; of the others together nothing is counted.
void append_delays(MetricsText& text, std::vector<PodUsage> pods, std::string_view machine_id) {
  std::erase_if(pods, [](const PodUsage& pod) { return pod.pod.empty(); });
  if (pods.empty()) return;
  append_throttling(text, pods, machine_id);
  std::erase_if(pods, [](const PodUsage& pod) { return !pod.delay.runs; });
  if (!pods.empty()) append_runs(text, pods, machine_id);
}

void append_intents(MetricsText& text, const NodeSnapshot& node) {
  std::map<IntentState, std::size_t> states;
  for (const IntentReport& report : node.reports()) ++states[report.state];
  text.begin(MetricKind::gauge, std::string(prefix) + "_intents", "Intents of this node by state.");
  for (const IntentState state : all_intent_states)
    text.add({{"state", name(state)}}, states[state]);

  std::size_t processes = 0;
  std::size_t whole_pods = 0;
  std::size_t pods = 0;
  for (const Shared<PodDecisions>& pod : *node.decisions) {
    processes += pod->processes.size();
    if (pod->whole) ++whole_pods;
    if (pod->whole || !pod->processes.empty()) ++pods;
  }
  append_gauge(text, "_decisions", "What is to be done: for processes, and for pods as a whole.",
               processes + whole_pods);
  append_gauge(text, "_decided_processes", "Processes with a decision.", processes);
  append_gauge(text, "_decided_pods", "Pods with a decision, or with one for a process.", pods);
  append_gauge(text, "_generation", "Of the intents that this node holds.",
               node.intents->generation);
}

void append_enforcement(MetricsText& text,
                        const NodeSnapshot& node,
                        std::chrono::nanoseconds look) {
  const EnforcerStatus& enforcer = node.enforcer;
  text.begin(MetricKind::gauge, std::string(prefix) + "_enforcer_info",
             "Always 1; the label says how the kernel is made to obey.");
  text.add({{"kind", name(enforcer.kind)}}, 1);
  append_gauge(text, "_enforcer_approximate",
               "1 when the enforcer cannot do all that a strategy asks for.", enforcer.approximate);
  append_gauge(text, "_enforced_tasks", "Tasks with values of ours.", enforcer.tasks);
  append_gauge(text, "_enforced_cgroups", "Cgroups with values of ours.", enforcer.cgroups);
  append_gauge(text, "_trouble", "1 when the last turn could not do its work.",
               !node.trouble.empty());
  append_gauge(text, "_look_duration_seconds", "How long the last look for processes took.", look);
}

void append_discovery(MetricsText& text, const DiscoveryStatus& discovery) {
  text.begin(MetricKind::gauge, std::string(prefix) + "_discovery_info",
             "Always 1; the label says how processes are found.");
  text.add({{"source", name(discovery.source)}}, 1);
  append_gauge(text, "_discovery_trouble", "1 when processes are seen late or not at all.",
               !discovery.trouble.empty());
  append_gauge(text, "_index_pods", "Pods in the index.", discovery.pods);
  append_gauge(text, "_index_processes", "Processes in the index.", discovery.processes);
  append_gauge(text, "_index_threads", "Threads in the index.", discovery.threads);
  const auto counter = [&](std::string_view name, std::string_view help, std::uint64_t count) {
    text.begin(MetricKind::counter, std::string(prefix) + std::string(name), help);
    text.add(count);
  };
  counter("_lost_events_total", "Events of tasks that were lost.", discovery.lost);
  counter("_index_rescans_total", "Looks at everything after events were lost.", discovery.rescans);
  counter("_index_repaired_total",
          "Processes that a look found to be others than the events had said.", discovery.repaired);
  const std::string lag = std::string(prefix) + "_event_lag_seconds";
  text.begin(MetricKind::histogram, lag, "From an event of a task to its being in the index.");
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < EventLag::bounds.size(); ++i) {
    below += discovery.lag.counts[i];
    text.add("_bucket", {{"le", seconds_text(EventLag::bounds[i])}}, below);
  }
  below += discovery.lag.counts.back();
  text.add("_bucket", {{"le", "+Inf"}}, below);
  text.add("_sum", {}, discovery.lag.sum);
  text.add("_count", {}, below);
}

class AgentMetricsRoutes {
 public:
  explicit AgentMetricsRoutes(AgentMetrics metrics)
      : parts_(std::make_shared<const AgentMetrics>(std::move(metrics))) {}

  Result<net::Response> take(const net::Request& request) const {
    TRY(admit_to_node(request, parts_->tokens, parts_->clock.now()));
    const wire::Value body = TRY(parse_body(request, bad_body));
    const auto report = wire::decode_scheduler_report(body);
    if (!report) return about_body(report.error(), bad_body);
    parts_->scheduler.take(*report);
    return success(std::nullopt, parts_->clock.now());
  }

  Result<net::Response> show(const net::Request& request) const {
    const NodeLoop::View node = parts_->loop.snapshot();
    MetricsText text(wanted_format(request.headers));
    append_intents(text, *node);
    append_enforcement(text, *node, parts_->loop.last_look());
    append_discovery(text, parts_->loop.discovery());
    append_scheduler(text, *parts_);
    append_gauge(text, "_counts_waits", "1 when the kernel counts run queue waits of pods.",
                 parts_->delays.uncounted().empty());
    std::vector<PodUsage> pods = parts_->pods.look(*node);
    append_pods(text, pods, parts_->machine_id);
    append_delays(text, std::move(pods), parts_->machine_id);
    parts_->requests.append(text, prefix);
    append_program(text, prefix, parts_->usage());
    return metrics_reply(std::move(text));
  }

 private:
  std::shared_ptr<const AgentMetrics> parts_;
};

}  // namespace

void add_agent_metrics(Router& router, AgentMetrics metrics) {
  const AgentMetricsRoutes routes(std::move(metrics));
  router.add("POST", "/api/v1/metrics", RunsOn::worker, bind(routes, &AgentMetricsRoutes::take));
  // It reads files of the tasks.
  router.add("GET", "/metrics", RunsOn::worker, bind(routes, &AgentMetricsRoutes::show));
}

}  // namespace gthulhu::rest
