// SPDX-License-Identifier: Apache-2.0
#include "adapters/nodes/http_node_link.h"

#include <boost/asio/io_context.hpp>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "net/task_group.h"

namespace gthulhu {

namespace {

// The question, and once more with a new token when the old one is refused.
constexpr int requests_for_processes = 3;

using Answer = std::shared_ptr<std::promise<Result<RunningPods>>>;

// Each keeps the driver, which may be retired meanwhile.
using Driver = std::shared_ptr<NodeDriver>;

net::Awaitable<> deliver(Driver driver) {
  co_await driver->deliver();
}

net::Awaitable<> follow_reports(Driver driver) {
  co_await driver->follow_reports();
}

net::Awaitable<> answer_what_runs(Driver driver, Answer answer) {
  Result<RunningPods> running = co_await driver->ask_what_runs();
  answer->set_value(std::move(running));
}

}  // namespace

// Between connect() and disconnect(); all but the constructor on the network thread.
class LinkSession {
 public:
  LinkSession(const Clock& clock,
              Random& random,
              LinkSink& sink,
              const HttpNodeLink::Settings& settings,
              const net::Executor& executor)
      : credentials_(settings.credentials),
        budget_(executor, settings.pace.message_bytes),
        parts_{clock, random, sink, credentials_, settings.pace, executor, budget_},
        tasks_(executor, settings.report) {}

  void want(const NodeName& node, NodeLink::Intents intents) {
    NodeDriver& told = driver(node);
    told.want(std::move(intents));
    if (told.is_needless()) retire(node);
  }

  void use(LinkCredentials credentials) { credentials_ = std::move(credentials); }

  void agents_are(const AgentDirectory::Agents& agents) {
    std::vector<NodeName> needless;
    for (auto& [node, driver] : drivers_) {
      if (agents.contains(node)) continue;
      driver->set_address(std::nullopt);
      if (driver->is_needless()) needless.push_back(node);
    }
    for (const NodeName& node : needless) retire(node);
    for (const auto& [node, address] : agents) driver(node).set_address(address);
  }

  void ask_what_runs(const NodeName& node, Answer answer) {
    const auto known = drivers_.find(node);
    if (known == drivers_.end()) {
      answer->set_value(
          Error{Errc::not_found, "there is no decision maker on node " + node.str(), ""});
      return;
    }
    tasks_.spawn(answer_what_runs(known->second, std::move(answer)));
  }

  // From any thread but the loop's. Nothing is under way any more when it returns.
  void stop() { tasks_.stop(std::chrono::milliseconds{0}); }

 private:
  NodeDriver& driver(const NodeName& node) {
    Driver& driver = drivers_[node];
    if (driver == nullptr) {
      driver = std::make_shared<NodeDriver>(parts_, node);
      tasks_.spawn(deliver(driver));
      tasks_.spawn(follow_reports(driver));
    }
    return *driver;
  }

  // So that nodes which come and go leave nothing behind.
  void retire(const NodeName& node) {
    const auto known = drivers_.extract(node);
    known.mapped()->retire();
    parts_.sink.node_gone(node);
  }

  LinkCredentials credentials_;
  ByteBudget budget_;
  LinkParts parts_;
  std::map<NodeName, Driver> drivers_;
  net::TaskGroup tasks_;
};

struct HttpNodeLink::Loop {
  const Clock& clock;
  Random& random;
  Settings settings;  // what can change of them is guarded by the mutex
  const std::unique_ptr<net::NetworkThread> network;

  std::mutex mutex = {};  // guards what follows
  Agents agents = {};
  std::shared_ptr<LinkSession> session = {};  // between connect() and disconnect()

  // On the network thread, with the session, unless there is none.
  template <class Job>
  bool post(Job job) {
    const std::lock_guard lock(mutex);
    return post_locked(std::move(job));
  }
  template <class Job>
  bool post_locked(Job job) {
    if (session == nullptr) return false;
    network->post([session = session, job = std::move(job)]() mutable { job(*session); });
    return true;
  }
};

HttpNodeLink::HttpNodeLink(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

HttpNodeLink::~HttpNodeLink() {
  disconnect();
}

Result<std::unique_ptr<HttpNodeLink>> HttpNodeLink::create(const Clock& clock,
                                                           Random& random,
                                                           Settings settings) {
  std::unique_ptr<net::NetworkThread> network = TRY(net::NetworkThread::start(settings.report));
  std::unique_ptr<Loop> loop(new Loop{clock, random, std::move(settings), std::move(network)});
  return std::unique_ptr<HttpNodeLink>(new HttpNodeLink(std::move(loop)));
}

void HttpNodeLink::connect(LinkSink& sink) {
  const std::lock_guard lock(loop_->mutex);
  loop_->session = std::make_shared<LinkSession>(loop_->clock, loop_->random, sink, loop_->settings,
                                                 loop_->network->context().get_executor());
  // Under the same lock, so that later ones come after these.
  loop_->post_locked(
      [agents = loop_->agents](LinkSession& session) { session.agents_are(agents); });
}

void HttpNodeLink::disconnect() {
  std::shared_ptr<LinkSession> session;
  {
    const std::lock_guard lock(loop_->mutex);
    session = std::exchange(loop_->session, nullptr);
  }
  if (session == nullptr) return;
  session->stop();
  // What was posted before has run: nobody else holds the session, and it ends where its timers
  // and sockets belong.
  std::promise<void> ended;
  loop_->network->post([&] {
    session.reset();
    ended.set_value();
  });
  ended.get_future().wait();
}

void HttpNodeLink::want(const NodeName& node, Intents intents) {
  loop_->post([node, intents = std::move(intents)](LinkSession& session) mutable {
    session.want(node, std::move(intents));
  });
}

void HttpNodeLink::use(LinkCredentials credentials) {
  const std::lock_guard lock(loop_->mutex);
  loop_->settings.credentials = credentials;
  loop_->post_locked([credentials = std::move(credentials)](LinkSession& session) mutable {
    session.use(std::move(credentials));
  });
}

void HttpNodeLink::agents_are(Agents agents) {
  const std::lock_guard lock(loop_->mutex);
  loop_->agents = agents;
  loop_->post_locked(
      [agents = std::move(agents)](LinkSession& session) { session.agents_are(agents); });
}

Result<RunningPods> HttpNodeLink::processes(const NodeName& node) {
  const auto answer = std::make_shared<std::promise<Result<RunningPods>>>();
  std::future<Result<RunningPods>> running = answer->get_future();
  const bool is_asked =
      loop_->post([node, answer](LinkSession& session) { session.ask_what_runs(node, answer); });
  if (!is_asked) return Error{Errc::unavailable, "the manager is stopping", ""};
  const auto patience =
      requests_for_processes * loop_->settings.pace.request + std::chrono::seconds{1};
  if (running.wait_for(patience) == std::future_status::ready) {
    // A task that was cut off answers nothing.
    try {
      return running.get();
    } catch (const std::future_error&) {
      return Error{Errc::unavailable, "the manager is stopping", ""};
    }
  }
  return Error{Errc::timeout, "no answer from the decision maker on node " + node.str(), ""};
}

}  // namespace gthulhu
