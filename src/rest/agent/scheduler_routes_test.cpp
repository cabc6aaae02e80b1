// SPDX-License-Identifier: Apache-2.0
#include "rest/agent/scheduler_routes.h"

#include <gmock/gmock.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_enforcer.h"
#include "tests/fakes/fake_node_scheduler.h"
#include "tests/fakes/fake_processes.h"
#include "tests/fakes/fake_tokens.h"

namespace gthulhu::rest {
namespace {

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

class SchedulerRoutes : public testing::Test {
 protected:
  void SetUp() override {
    enforcer_.its_scheduler = &ours_;
    add_scheduler_routes(router_, clock_, tokens_, loop_);
  }
  void add_thread(pid_t number) {
    RuledThread thread;
    thread.thread = number;
    ours_.threads.push_back(thread);
  }
  void start() { ASSERT_TRUE(loop_.start()); }

  net::Response ask(const std::string& method, const std::string& path, bool with_token = true) {
    net::Request request;
    request.method = method;
    request.path = "/api/v1/scheduler" + path;
    if (with_token) {
      request.headers.add("Authorization", "Bearer " + tokens_.sign("s", clock_.now())->token);
    }
    return router_.handle(request);
  }

  FakeClock clock_;
  FakeAgentTokens tokens_;
  FakeNodeScheduler ours_;
  FakeProcesses processes_;
  FakeEnforcer enforcer_;
  NoFile file_;
  NoReports reports_;
  NodeLoop loop_{clock_, processes_, enforcer_, file_, reports_, {NodeName("n1"), 5ms, 20ms}};
  Router router_;
};

TEST_F(SchedulerRoutes, tell_the_last_exit_and_its_dump) {
  ours_.now.state = SchedulerState::delayed;
  ours_.now.next_trial = TimePoint(1'000s);
  ours_.now.exits = {{.at = TimePoint(999s),
                      .kind = SchedulerExitKind::stall,
                      .code = 3,
                      .reason = "runnable task stall",
                      .message = "hog[7]"}};
  ours_.now.dump = "CPU states\n\xff";
  start();
  const net::Response response = ask("GET", "");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr(R"("state":"delayed")"));
  EXPECT_THAT(response.body,
              HasSubstr(R"("exits":[{"at":"1970-01-01T00:16:39Z","kind":"stall","code":3,)"
                        R"("reason":"runnable task stall","message":"hog[7]"}])"));
  EXPECT_THAT(response.body, HasSubstr(R"("nextTrial":"1970-01-01T00:16:40Z")"));
  EXPECT_THAT(response.body, HasSubstr(R"("dump":"CPU states\n)"));
  EXPECT_THAT(response.body, Not(HasSubstr("\xff"))) << "names of tasks may be any bytes";
}

TEST_F(SchedulerRoutes, stop_and_reset_and_answer_what_has_become_of_it) {
  start();
  EXPECT_THAT(ask("POST", "/stop").body, HasSubstr(R"("state":"stopped")"));
  EXPECT_EQ(ours_.now.state, SchedulerState::stopped);
  EXPECT_THAT(ask("GET", "").body, HasSubstr(R"("enforcer":"cfs")"));
  EXPECT_THAT(ask("POST", "/reset").body, HasSubstr(R"("state":"attached")"));
}

TEST_F(SchedulerRoutes, tell_five_hundred_threads_and_that_there_are_more) {
  ours_.threads = {{.thread = 1,
                    .name = "worker",
                    .priority = Priority::clamp(5),
                    .slice = Slice::clamp(2'000'000),
                    .in_force = RuledThread::InForce{.priority = Priority::clamp(5),
                                                     .slice = Slice::clamp(2'000'000),
                                                     .is_current = true,
                                                     .share = 0.5}}};
  for (pid_t thread = 2; thread <= 500; ++thread) add_thread(thread);
  start();
  const std::string all = ask("GET", "/threads").body;
  EXPECT_THAT(all, HasSubstr(R"({"thread":1,"name":"worker","priority":5,"sliceNs":2000000,)"
                             R"("inForce":{"priority":5,"sliceNs":2000000,"current":true,)"
                             R"("share":0.5}})"));
  EXPECT_THAT(all,
              HasSubstr(R"({"thread":500,"name":"","priority":0,"sliceNs":0,"inForce":null})"));
  EXPECT_THAT(all, HasSubstr(R"("all":true)"));
}

TEST_F(SchedulerRoutes, leave_out_the_thread_after_the_last_that_is_told) {
  for (pid_t thread = 1; thread <= 501; ++thread) add_thread(thread);
  start();
  const std::string some = ask("GET", "/threads").body;
  EXPECT_THAT(some, HasSubstr(R"("all":false)"));
  EXPECT_THAT(some, Not(HasSubstr(R"("thread":501)")));
}

TEST_F(SchedulerRoutes, need_a_token_and_do_nothing_without) {
  start();
  for (const char* const path : {"/stop", "/reset"})
    EXPECT_EQ(ask("POST", path, false).status, 401);
  for (const char* const path : {"", "/threads"}) EXPECT_EQ(ask("GET", path, false).status, 401);
  EXPECT_EQ(ours_.now.state, SchedulerState::attached);
}

TEST_F(SchedulerRoutes, refuse_to_stop_what_is_not_there) {
  enforcer_.its_scheduler = nullptr;
  start();
  EXPECT_THAT(ask("GET", "").body, HasSubstr(R"("state":"none")"));
  const net::Response refused = ask("POST", "/stop");
  EXPECT_EQ(refused.status, 501);
  EXPECT_THAT(refused.body, HasSubstr("works without a scheduler of ours"));
}

}  // namespace
}  // namespace gthulhu::rest
