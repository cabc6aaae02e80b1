// SPDX-License-Identifier: Apache-2.0
#include "rest/agent/scheduler_routes.h"

#include <utility>

#include "base/log.h"
#include "rest/agent/agent_guard.h"
#include "rest/bind.h"
#include "rest/reply.h"
#include "wire/scheduler_status_json.h"

namespace gthulhu::rest {

namespace {

class SchedulerRoutes {
 public:
  SchedulerRoutes(const Clock& clock, AgentTokens& tokens, NodeLoop& loop)
      : clock_(&clock), tokens_(&tokens), loop_(&loop) {}

  Result<net::Response> show(const net::Request& request) const {
    TRY(admit_to_node(request, *tokens_, clock_->now()));
    return after(NodeLoop::SchedulerWish::nothing);
  }
  Result<net::Response> stop(const net::Request& request) const {
    TRY(admit_to_node(request, *tokens_, clock_->now()));
    log_info("our scheduler is to be stopped");
    return after(NodeLoop::SchedulerWish::stop);
  }
  Result<net::Response> reset(const net::Request& request) const {
    TRY(admit_to_node(request, *tokens_, clock_->now()));
    log_info("our scheduler is to be tried again");
    return after(NodeLoop::SchedulerWish::reset);
  }
  Result<net::Response> threads(const net::Request& request) const {
    TRY(admit_to_node(request, *tokens_, clock_->now()));
    std::vector<RuledThread> found = TRY(loop_->ruled_threads(ruled_threads_most + 1));
    const bool is_all = found.size() <= ruled_threads_most;
    if (!is_all) found.pop_back();
    return success(wire::encode_ruled_threads(found, is_all), clock_->now());
  }

 private:
  [[nodiscard]] Result<net::Response> after(NodeLoop::SchedulerWish wish) const {
    const SchedulerStatus status = TRY(loop_->scheduler(wish));
    return success(wire::encode_scheduler(status), clock_->now());
  }

  const Clock* clock_;
  AgentTokens* tokens_;
  NodeLoop* loop_;
};

}  // namespace

void add_scheduler_routes(Router& router, const Clock& clock, AgentTokens& tokens, NodeLoop& loop) {
  const SchedulerRoutes routes(clock, tokens, loop);
  router.add("GET", "/api/v1/scheduler", RunsOn::worker, bind(routes, &SchedulerRoutes::show));
  router.add("GET", "/api/v1/scheduler/threads", RunsOn::worker,
             bind(routes, &SchedulerRoutes::threads));
  router.add("POST", "/api/v1/scheduler/stop", RunsOn::worker,
             bind(routes, &SchedulerRoutes::stop));
  router.add("POST", "/api/v1/scheduler/reset", RunsOn::worker,
             bind(routes, &SchedulerRoutes::reset));
}

}  // namespace gthulhu::rest
