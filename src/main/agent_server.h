// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "adapters/crypto/jwt_tokens.h"
#include "adapters/system/intent_file.h"
#include "app/agent/decision_reads.h"
#include "app/agent/node_loop.h"
#include "app/agent/pod_usages.h"
#include "app/agent/report_stream.h"
#include "app/agent/scheduler_figures.h"
#include "app/ports/enforcer.h"
#include "app/ports/pod_delays.h"
#include "app/ports/processes.h"
#include "app/ports/report_sink.h"
#include "app/ports/task_usages.h"
#include "base/result.h"
#include "main/agent_enrolment.h"
#include "main/config/settings.h"
#include "main/listener.h"
#include "main/surroundings.h"
#include "rest/agent/managers_only.h"
#include "rest/request_metrics.h"
#include "rest/router.h"

namespace gthulhu {

// The decision maker as it runs in `decisionmaker` and `standalone`: the object graph, in the order
// in which its parts need each other.
class AgentServer {
 public:
  // What it needs of its node, and where its reports go.
  struct Ports {
    Processes& processes;
    TaskUsages& usages;
    PodDelays& delays;
    Enforcer& enforcer;
    DecisionReads& reads;  // of the decisions that the enforcer may hand on
    ReportSink& reports;
  };

  // Listens, and goes on with the intents of the last run. What it refers to outlives it.
  static Result<std::unique_ptr<AgentServer>> start(AgentConfig config,
                                                    Surroundings& surroundings,
                                                    const Ports& ports);

  [[nodiscard]] NodeLoop& loop() { return loop_; }

  [[nodiscard]] const rest::Router& router() const { return router_; }

  // No more requests; then everything is put back in the kernel.
  void stop();

 private:
  AgentServer(AgentConfig config,
              Surroundings& surroundings,
              const Ports& ports,
              RsaKey key,
              std::unique_ptr<AgentEnrolment> enrolment);

  Result<> listen();

  AgentConfig config_;
  JwtAgentTokens tokens_;
  JsonIntentFile file_;
  ReportStream reports_;
  NodeLoop loop_;
  SchedulerFigures scheduler_;
  PodUsages pods_;
  rest::RequestMetrics requests_;
  rest::Router router_;
  rest::ManagersOnly managers_only_{router_};
  Listener listener_;
  rest::Router probe_router_;  // what needs no certificate
  Listener probe_listener_;
  // Null: certificates come from the configuration. Its thread uses the listener.
  std::unique_ptr<AgentEnrolment> enrolment_;
};

}  // namespace gthulhu
