// SPDX-License-Identifier: Apache-2.0
#include "rest/agent/agent_metrics.h"

#include <gmock/gmock.h>

#include <thread>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_enforcer.h"
#include "tests/fakes/fake_node_scheduler.h"
#include "tests/fakes/fake_pod_delays.h"
#include "tests/fakes/fake_processes.h"
#include "tests/fakes/fake_task_usages.h"
#include "tests/fakes/fake_tokens.h"

namespace gthulhu::rest {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

class NoFile : public IntentFile {
 public:
  Result<NodeIntents> load() override { return NodeIntents{}; }
  Result<> save(const NodeIntents&) override { return {}; }
};

class NoReports : public ReportSink {
 public:
  void node_reported(NodeReport) override {}
};

class AgentMetricsTest : public testing::Test {
 protected:
  void SetUp() override {
    add_agent_metrics(router_, {.clock = clock_,
                                .tokens = tokens_,
                                .loop = loop_,
                                .scheduler = scheduler_,
                                .pods = pods_,
                                .delays = delays_,
                                .requests = requests_,
                                .machine_id = "m \"1\"",
                                .usage = [] { return ProgramUsage{1.5, 4096}; }});
  }

  net::Response post(const std::string& body, bool with_token = true) {
    net::Request request;
    request.method = "POST";
    request.path = "/api/v1/metrics";
    request.body = body;
    if (with_token) {
      request.headers.add("Authorization", "Bearer " + tokens_.sign("s", clock_.now())->token);
    }
    return router_.handle(request);
  }
  std::string metrics(const std::string& accept = "text/plain") {
    net::Request request;
    request.method = "GET";
    request.path = "/metrics";
    request.headers.add("Accept", accept);
    const net::Response response = router_.handle(request);
    EXPECT_EQ(response.status, 200);
    return response.body;
  }
  void run(std::vector<Intent> intents, IntentState until) {
    ASSERT_TRUE(loop_.start());
    if (intents.empty()) return;
    ASSERT_TRUE(loop_.replace(std::move(intents)));
    for (int i = 0; i < 2'000; ++i) {
      const auto reports = loop_.snapshot()->reports();
      if (!reports.empty() && reports.front().state == until) return;
      std::this_thread::sleep_for(1ms);
    }
    FAIL() << "waited in vain for the intent's state";
  }

  FakeClock clock_;
  FakeAgentTokens tokens_;
  FakeProcesses processes_;
  FakeEnforcer enforcer_;
  NoFile file_;
  NoReports reports_;
  NodeLoop loop_{clock_, processes_, enforcer_, file_, reports_, {NodeName("n1"), 5ms, 20ms}};
  SchedulerFigures scheduler_;
  FakeTaskUsages tasks_;
  FakePodDelays delays_;
  PodUsages pods_{clock_, tasks_, delays_};
  RequestMetrics requests_;
  Router router_;
};

TEST_F(AgentMetricsTest, show_nothing_of_a_scheduler_before_it_told_anything) {
  EXPECT_THAT(metrics(), Not(HasSubstr("nr_")));
  EXPECT_EQ(post("{}").status, 200);
  EXPECT_THAT(metrics(), HasSubstr("\nnr_queued{machine_id=\"m \\\"1\\\"\"} 0\n"));
}

TEST_F(AgentMetricsTest, show_the_last_that_a_scheduler_told_and_counts_that_do_not_fall) {
  const net::Response response = post(R"({"nr_queued":7,"nr_user_dispatches":10})");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, Not(HasSubstr("\"data\"")));
  EXPECT_EQ(post(R"({"nr_queued":3,"nr_user_dispatches":4})").status, 200);
  const std::string text = metrics();
  EXPECT_THAT(text, HasSubstr("# HELP nr_queued number of tasks queued in the userspace scheduler\n"
                              "# TYPE nr_queued gauge\n"
                              "nr_queued{machine_id=\"m \\\"1\\\"\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("\nnr_user_dispatches{machine_id=\"m \\\"1\\\"\"} 14\n"));
  // The same names in both formats.
  EXPECT_THAT(metrics("application/openmetrics-text"),
              HasSubstr("# TYPE nr_user_dispatches gauge\nnr_user_dispatches{"));
}

TEST_F(AgentMetricsTest, show_what_our_scheduler_does_in_the_figures_of_the_go_systems) {
  FakeNodeScheduler ours;
  ours.now.load = {.queued = 3, .chosen = 2, .running = 1, .online_cpus = 4};
  ours.now.counts = {.to_idle_cpu = 1,
                     .kernel_first = 10,
                     .preemptions = 100,
                     .boosted = 1'000,
                     .ordinary = 10'000,
                     .idle_class = 100'000,
                     .kept = 1'000'000,
                     .guard_turns = 7,
                     .pulled = 8,
                     .without_state = 10'000'000};
  ours.now.bounced = 6;
  ours.now.rules_written_ns = 12'345;
  enforcer_.its_scheduler = &ours;
  run({}, {});
  const std::string text = metrics();
  const auto has = [&](const std::string& name, const std::string& value) {
    EXPECT_THAT(text, HasSubstr("\n" + name + "{machine_id=\"m \\\"1\\\"\"} " + value + "\n"));
  };
  has("user_sched_last_run_at", "12345");
  has("nr_queued", "3");
  has("nr_scheduled", "2");
  has("nr_running", "1");
  has("nr_online_cpus", "4");
  has("nr_user_dispatches", "0");
  has("nr_kernel_dispatches", "11111111");
  has("nr_cancel_dispatches", "0");
  has("nr_bounce_dispatches", "6");
  has("nr_failed_dispatches", "10000000");
  has("nr_sched_congested", "0");
  EXPECT_THAT(text, HasSubstr("# HELP nr_queued Tasks that wait in the scheduler's queues now.\n"));
  EXPECT_EQ(metrics(), text) << "looking twice counts nothing twice";
}

TEST_F(AgentMetricsTest, show_the_state_of_our_scheduler_and_how_it_ended) {
  FakeNodeScheduler ours;
  ours.now.state = SchedulerState::quarantined;
  ours.now.counts.preemptions = 5;
  ours.now.counts.guard_turns = 6;
  ours.now.rules = {.cgroups = 1, .processes = 2, .threads = 3, .refused = 4};
  ours.now.exit_counts.at(static_cast<std::size_t>(SchedulerExitKind::stall)) = 3;
  enforcer_.its_scheduler = &ours;
  run({}, {});
  const std::string text = metrics();
  const std::string own = "\ngthulhu_decisionmaker_scheduler_";
  EXPECT_THAT(text, HasSubstr(own + "attached 0\n"));
  EXPECT_THAT(text, HasSubstr(own + "state{state=\"quarantined\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(own + "state{state=\"attached\"} 0\n"));
  EXPECT_THAT(text, HasSubstr(own + "preemptions_total 5\n"));
  EXPECT_THAT(text, HasSubstr(own + "guard_turns_total 6\n"));
  EXPECT_THAT(text, HasSubstr(own + "exits_total{kind=\"stall\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(own + "exits_total{kind=\"sysrq\"} 0\n"));
  EXPECT_THAT(text, HasSubstr(own + "rules{for=\"cgroup\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(own + "rules{for=\"process\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(own + "rules{for=\"thread\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(own + "refused_rules 4\n"));
}

TEST_F(AgentMetricsTest, show_what_another_scheduler_tells_while_ours_was_never_attached) {
  FakeNodeScheduler ours;
  ours.now.state = SchedulerState::waiting;
  enforcer_.its_scheduler = &ours;
  run({}, {});
  EXPECT_THAT(metrics(), Not(HasSubstr("nr_queued")));
  EXPECT_EQ(post(R"({"nr_queued":7})").status, 200);
  EXPECT_THAT(metrics(), HasSubstr("in the userspace scheduler\n# TYPE nr_queued gauge\n"
                                   "nr_queued{machine_id=\"m \\\"1\\\"\"} 7\n"));
}

TEST_F(AgentMetricsTest, take_a_report_only_with_a_token_and_only_a_good_one) {
  EXPECT_EQ(post("{}", false).status, 401);
  for (const std::string body : {"", "[]", R"({"nr_queued":-1})", R"({"nr_queued":"1"})"}) {
    const net::Response response = post(body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_THAT(response.body, HasSubstr("\"error\":\"Invalid request payload"));
  }
  EXPECT_THAT(metrics(), Not(HasSubstr("nr_")));
}

TEST_F(AgentMetricsTest, show_what_the_node_does_and_no_command_or_label) {
  processes_.running = {{PodCgroup{PodUid("u1"), "/pod"},
                         {Process{{10, 1}, 1, "topsecret", {{{10, 1}, ""}, {{11, 1}, ""}}, {}}}}};
  tasks_.used = {{{10, 1}, {.cpu_ns = 5, .runs = 2}}, {{11, 1}, {.cpu_ns = 6}}};
  Intent intent;
  intent.id = IntentId("i");
  intent.pod = PodUid("u1");
  intent.pod_name = "web\n1";
  intent.name_space = Namespace("shop");
  intent.pod_labels = PackedLabels(Labels{{"hidden", "label"}});
  run({intent}, IntentState::verified);
  const std::string text = metrics();
  const std::string own = "\ngthulhu_decisionmaker_";
  EXPECT_THAT(text, HasSubstr(own + "intents{state=\"verified\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(own + "intents{state=\"pending\"} 0\n"));
  EXPECT_THAT(text, HasSubstr(own + "decisions 2\n"));
  EXPECT_THAT(text, HasSubstr(own + "decided_processes 1\n"));
  EXPECT_THAT(text, HasSubstr(own + "decided_pods 1\n"));
  EXPECT_THAT(text, HasSubstr(own + "generation 1\n"));
  EXPECT_THAT(text, HasSubstr(own + "enforcer_info{kind=\"cfs\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(own + "enforcer_approximate 1\n"));
  EXPECT_THAT(text, HasSubstr(own + "enforced_tasks 1\n"));
  EXPECT_THAT(text, HasSubstr(own + "enforced_cgroups 1\n"));
  EXPECT_THAT(text, HasSubstr(own + "trouble 0\n"));
  EXPECT_THAT(text, HasSubstr(own + "look_duration_seconds 0.0\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_cpu_seconds_total 1.5\n"));
  const std::string labels =
      R"({pod_name="web\n1",pod_uid="u1",namespace="shop",node_name="m \"1\""})";
  EXPECT_THAT(text, HasSubstr("\ngthulhu_pod_cpu_time_nanoseconds_total" + labels + " 11\n"));
  EXPECT_THAT(text, HasSubstr("\ngthulhu_pod_run_count_total" + labels + " 2\n"));
  EXPECT_THAT(text, HasSubstr("\ngthulhu_pod_process_count" + labels + " 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("topsecret")));
  EXPECT_THAT(text, Not(HasSubstr("hidden")));
}

TEST_F(AgentMetricsTest, show_what_kept_a_pod_from_running) {
  PodDelay& delay = delays_.delayed[PodUid("u1")];
  delay.throttling = {.periods = 10, .throttled_periods = 4, .time = 1'500ms};
  Intent intent;
  intent.pod = PodUid("u1");
  run({intent}, IntentState::delivered);
  const std::string labels = R"({pod_name="",pod_uid="u1",namespace="",node_name="m \"1\"")";
  const std::string uncounted = metrics();
  EXPECT_THAT(uncounted, HasSubstr("\ngthulhu_pod_quota_periods_total" + labels + "} 10\n"));
  EXPECT_THAT(uncounted, HasSubstr("\ngthulhu_pod_throttled_periods_total" + labels + "} 4\n"));
  EXPECT_THAT(uncounted, HasSubstr("\ngthulhu_pod_throttled_seconds_total" + labels + "} 1.5\n"));
  EXPECT_THAT(uncounted, Not(HasSubstr("wait_seconds"))) << "nobody counts them";

  RunCounts& runs = delay.runs.emplace();
  runs.waits.counts = {3, 2};
  runs.waits.counts.back() = 1;
  runs.waits.sum = 2'500ms;
  runs.throttled = 4;
  runs.throttled_sum = 250ms;
  clock_.advance(1s);
  const std::string text = metrics();
  const std::string wait = "\ngthulhu_pod_run_queue_wait_seconds";
  EXPECT_THAT(text, HasSubstr(wait + "_bucket" + labels + ",le=\"0.000008192\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(wait + "_bucket" + labels + ",le=\"0.000016384\"} 5\n"));
  EXPECT_THAT(text, HasSubstr(wait + "_bucket" + labels + ",le=\"1.073741824\"} 5\n"));
  EXPECT_THAT(text, HasSubstr(wait + "_bucket" + labels + ",le=\"+Inf\"} 6\n"));
  EXPECT_THAT(text, HasSubstr(wait + "_sum" + labels + "} 2.5\n"));
  EXPECT_THAT(text, HasSubstr(wait + "_count" + labels + "} 6\n"));
  EXPECT_THAT(text, HasSubstr("\ngthulhu_pod_throttled_waits_total" + labels + "} 4\n"));
  EXPECT_THAT(text, HasSubstr("\ngthulhu_pod_throttled_wait_seconds_total" + labels + "} 0.25\n"));
}

TEST_F(AgentMetricsTest, show_how_long_a_pods_tasks_ran_at_a_time) {
  RunCounts& runs = delays_.delayed[PodUid("u1")].runs.emplace();
  runs.bursts.counts = {1, 0, 4};
  runs.bursts.counts.back() = 2;
  runs.bursts.sum = 3'250ms;
  runs.preempted = 3;
  Intent intent;
  intent.pod = PodUid("u1");
  run({intent}, IntentState::delivered);
  const std::string labels = R"({pod_name="",pod_uid="u1",namespace="",node_name="m \"1\"")";
  const std::string text = metrics();
  const std::string burst = "\ngthulhu_pod_cpu_burst_seconds";
  EXPECT_THAT(text, HasSubstr("\n# TYPE gthulhu_pod_cpu_burst_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr(burst + "_bucket" + labels + ",le=\"0.000008192\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(burst + "_bucket" + labels + ",le=\"0.000032768\"} 5\n"));
  EXPECT_THAT(text, HasSubstr(burst + "_bucket" + labels + ",le=\"+Inf\"} 7\n"));
  EXPECT_THAT(text, HasSubstr(burst + "_sum" + labels + "} 3.25\n"));
  EXPECT_THAT(text, HasSubstr(burst + "_count" + labels + "} 7\n"));
  EXPECT_THAT(text, HasSubstr("\ngthulhu_pod_preempted_bursts_total" + labels + "} 3\n"));
}

TEST_F(AgentMetricsTest, say_whether_waits_are_counted) {
  EXPECT_THAT(metrics(), HasSubstr("\ngthulhu_decisionmaker_counts_waits 1\n"));
  delays_.reason = "no BPF";
  EXPECT_THAT(metrics(), HasSubstr("\ngthulhu_decisionmaker_counts_waits 0\n"));
}

TEST_F(AgentMetricsTest, show_the_pods_beyond_the_bound_as_one) {
  std::vector<Intent> intents(251);
  for (std::size_t i = 0; i < intents.size(); ++i) {
    intents[i].id = IntentId(std::to_string(i));
    intents[i].pod = PodUid("u" + std::to_string(i));
  }
  run(std::move(intents), IntentState::delivered);
  EXPECT_THAT(metrics(),
              HasSubstr("\ngthulhu_pod_process_count{pod_name=\"_other\",pod_uid=\"_other\","
                        "namespace=\"_other\",node_name=\"m \\\"1\\\"\"} 0\n"));
}

TEST_F(AgentMetricsTest, are_open_metrics_for_who_asks_for_it) {
  const std::string text = metrics("application/openmetrics-text;version=1.0.0");
  EXPECT_THAT(text, HasSubstr("# TYPE process_cpu_seconds counter\n"));
  EXPECT_THAT(text, EndsWith("\n# EOF\n"));
}

}  // namespace
}  // namespace gthulhu::rest
