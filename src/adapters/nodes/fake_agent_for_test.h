// SPDX-License-Identifier: Apache-2.0
//
// For tests: decision makers as HTTP servers, with the rules of docs/api/node-link.md or those of
// the Go system, and faults that a test asks for.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/ports/agent_directory.h"
#include "base/text.h"
#include "core/sync/merkle.h"
#include "core/sync/node_set.h"
#include "core/sync/report_log.h"
#include "net/server.h"
#include "wire/agent_json.h"
#include "wire/envelope.h"
#include "wire/node_link_json.h"

namespace gthulhu {

// What tests wait at. Threads: from anywhere.
class Happenings {
 public:
  void note() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  // False when the condition, which locks what it looks at, does not come true in time.
  template <class Condition>
  bool comes(const Condition& condition, std::chrono::milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
      const std::uint64_t seen = count();
      if (condition()) return true;
      std::unique_lock lock(mutex_);
      if (!changed_.wait_until(lock, until, [&] { return count_ != seen; })) return false;
    }
  }

 private:
  std::uint64_t count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

  std::mutex mutex_;  // guards count_
  std::condition_variable changed_;
  std::uint64_t count_ = 0;
};

// What all of them run on.
struct AgentHost {
  Happenings happenings;
  std::unique_ptr<net::NetworkThread> network = std::move(*net::NetworkThread::start());
  net::WorkerPool workers{{.threads = 4}};
  net::WorkerPool hung_workers{{.threads = 24}};
  net::WorkerPool waiting_workers{{.threads = 64}};
};

// Threads: from anywhere.
class FakeAgent : public net::Handler {
 public:
  struct Seen {
    std::string what;  // "PUT /api/v1/node/intents"
    std::string query;
    std::string body;
    std::string authorization;
  };
  using Requests = std::vector<Seen>;

  FakeAgent(AgentHost& host, NodeName node, std::optional<net::TlsSettings> tls = {})
      : host_(host), tls_(std::move(tls)), name_(node), node_(std::move(node)) {
    listen(0);
  }
  ~FakeAgent() override { end(); }
  FakeAgent(const FakeAgent&) = delete;
  FakeAgent& operator=(const FakeAgent&) = delete;

  [[nodiscard]] AgentAddress address(std::string instance = "one") const {
    return {"127.0.0.1", port_, std::move(instance)};
  }

  // --- what it is and does from now on ---

  void become_go(bool is_go) { set(is_go_, is_go); }
  void claim(const NodeName& name) { set(name_, name); }
  void demand_token(std::chrono::seconds life) { set(token_life_, std::optional(life)); }
  void void_tokens() { set(good_token_, std::string()); }
  void wait_with_reports(bool waits) { set(waits_, waits); }
  void run_pods(const RunningPods& pods) { set(running_, pods); }
  void hold(const NodeIntents& intents) { set(held_, intents); }
  void hold_go(const std::vector<Intent>& intents) { set(go_held_, intents); }
  // Requests that come now hang, those for reports too, until it goes on.
  void hang() { set(hangs_, true); }
  void go_on() {
    set(hangs_, false);
    released_.notify_all();
  }
  // The next requests of that kind ("PUT /api/v1/node/intents") are answered like this.
  void answer(const std::string& what, int status, const std::string& body, int times = 1) {
    const std::lock_guard lock(mutex_);
    net::Response response;
    response.status = status;
    response.body = body;
    for (int i = 0; i < times; ++i) scripted_[what].push_back(response);
  }
  void refuse(const std::string& what, int status, const std::string& text, int times = 1) {
    answer(what, status, wire::error_body({.text = text, .code = "test"}).text, times);
  }
  void report(const NodeReport& report) {
    const std::lock_guard lock(mutex_);
    log_->add(report);
    released_.notify_all();
  }
  void lose_disk() {
    const std::lock_guard lock(mutex_);
    forget();
  }
  // All its connections go on meanwhile, as if a request that broke had been sent again unseen.
  void restart_unseen() {
    const std::lock_guard lock(mutex_);
    forget();
    log_ = std::make_unique<ReportLog>(log_->sequence() + 1'000);
    released_.notify_all();
  }
  // Between them nobody listens there. What it held is lost, if it is to be.
  void stop() { end(); }
  void start(bool is_disk_lost) {
    {
      const std::lock_guard lock(mutex_);
      if (is_disk_lost) forget();
      log_ = std::make_unique<ReportLog>(log_->sequence() + 1'000);
      hangs_ = false;
      ending_ = false;
    }
    listen(port_);
  }

  // --- what became of it ---

  Requests seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  Requests seen(const std::string& what) {
    Requests some;
    for (Seen& request : seen()) {
      if (request.what == what) some.push_back(std::move(request));
    }
    return some;
  }
  std::size_t count(const std::string& what) { return seen(what).size(); }
  NodeIntents held() {
    const std::lock_guard lock(mutex_);
    return held_;
  }
  std::vector<Intent> go_held() {
    const std::lock_guard lock(mutex_);
    return go_held_;
  }

  // --- the server's ---

  [[nodiscard]] net::RunsOn runs_on(const net::Request& request) const override {
    const std::lock_guard lock(mutex_);
    if (hangs_) return net::RunsOn::password_worker;
    const bool may_wait = request.path == "/api/v1/node/reports";
    return may_wait ? net::RunsOn::waiting_worker : net::RunsOn::worker;
  }

  net::Response handle(const net::Request& request) override {
    net::Response response;
    {
      std::unique_lock lock(mutex_);
      response = answer_to(request, lock);
    }
    host_.happenings.note();
    return response;
  }

 private:
  using Lock = std::unique_lock<std::mutex>;

  template <class Member, class Value>
  void set(Member& member, Value value) {
    const std::lock_guard lock(mutex_);
    member = std::move(value);
  }
  void listen(std::uint16_t port) {
    server_ = net::Server::start(*host_.network,
                                 {host_.workers, host_.hung_workers, host_.waiting_workers}, *this,
                                 {.address = {"127.0.0.1", port}, .tls = tls_})
                  .value();
    port_ = server_->port();
  }
  void end() {
    set(ending_, true);
    released_.notify_all();
    server_.reset();
  }
  void forget() {
    held_ = {};
    go_held_.clear();
  }

  net::Response answer_to(const net::Request& request, Lock& lock) {
    Seen seen{request.method + " " + request.path, "", request.body, ""};
    for (const auto& [name, value] : request.query) seen.query += name + "=" + value + " ";
    if (const auto* shown = request.headers.find("Authorization")) seen.authorization = *shown;
    seen_.push_back(seen);
    host_.happenings.note();
    released_.wait(lock, [this] { return !hangs_ || ending_; });
    if (ending_) return failure(503, "ending");
    auto& scripted = scripted_[seen.what];
    if (!scripted.empty()) {
      net::Response response = std::move(scripted.front());
      scripted.pop_front();
      return response;
    }
    if (seen.what == "POST /api/v1/auth/token") return give_token();
    if (request.path.starts_with("/api/v1/node") && is_go_) {
      net::Response response;
      response.status = 404;
      response.body = R"({"message":"Not Found"})";
      return response;
    }
    if (token_life_ && (good_token_.empty() || seen.authorization != "Bearer " + good_token_)) {
      return failure(401, "Invalid or expired token");
    }
    if (seen.what == "GET /api/v1/pods/pids") {
      return success(wire::encode_pod_processes(running_, name_, {}));
    }
    return is_go_ ? answer_as_go(seen) : answer_as_ours(request, seen, lock);
  }

  net::Response give_token() {
    if (good_token_.empty()) good_token_ = "token-" + std::to_string(++tokens_);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto life = token_life_ ? *token_life_ : std::chrono::hours{1};
    const auto expires = std::chrono::duration_cast<std::chrono::seconds>(now + life).count();
    return success(wire::Value::Object{{"token", good_token_}, {"expired_at", expires}});
  }

  net::Response answer_as_ours(const net::Request& request, const Seen& seen, Lock& lock) {
    if (seen.what == "GET /api/v1/node") return success(state());
    if (seen.what == "GET /api/v1/node/reports") return answer_reports(request, lock);
    const auto body = wire::parse_json(seen.body);
    if (!body) return failure(400, body.error().message);
    if (seen.what == "PUT /api/v1/node/intents") {
      const auto message = wire::decode_set(*body);
      if (!message) return failure(400, message.error().message);
      if (message->set.generation <= held_.generation &&
          !is_held(message->set.generation, message->digest)) {
        return conflict();
      }
      return take(message->set, message->digest);
    }
    if (seen.what != "PATCH /api/v1/node/intents") return failure(404, "Not Found");
    const auto message = wire::decode_difference(*body);
    if (!message) return failure(400, message.error().message);
    if (is_held(message->difference.generation, message->digest)) return success(state());
    const auto next = apply(node_set(held_), message->difference);
    if (!next) return next.error().code == Errc::conflict ? conflict() : failure(400, "no");
    return take(*next, message->digest);
  }

  net::Response answer_reports(const net::Request& request, Lock& lock) {
    std::optional<std::uint64_t> after;
    if (const auto* text = request.query_value("after")) after = parse_number<std::uint64_t>(*text);
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{100};
    released_.wait_until(
        lock, until, [&] { return ending_ || !waits_ || !after || log_->sequence() != *after; });
    ReportLog::Changes changes = log_->since(after);
    if (changes.report.node.empty()) changes.report.node = name_;
    return success(wire::encode_report({.sequence = changes.sequence,
                                        .whole = changes.whole,
                                        .report = std::move(changes.report),
                                        .gone = std::move(changes.gone)}));
  }

  net::Response answer_as_go(const Seen& seen) {
    if (seen.what == "GET /api/v1/intents/merkle") {
      return success(wire::Value::Object{{"rootHash", merkle_root(go_held_).hex()}});
    }
    if (seen.what == "DELETE /api/v1/intents") {
      go_held_.clear();
      return success({});
    }
    if (seen.what != "POST /api/v1/intents") return failure(404, "Not Found");
    const auto body = wire::parse_json(seen.body);
    const auto intents = body ? wire::decode_intents(*body) : body.error();
    if (!intents) return failure(400, intents.error().message);
    go_held_ = *intents;
    return success({});
  }

  [[nodiscard]] Digest digest() const { return digest_of(node_set(held_)); }
  [[nodiscard]] bool is_held(Generation generation, const Digest& wanted) const {
    return generation == held_.generation && wanted == digest();
  }
  net::Response take(const NodeSet& set, const Digest& wanted) {
    NodeIntents next{set.generation, intents_of(set, node_)};
    if (digest_of(node_set(next)) != wanted) return failure(422, "digest is not that of the set");
    held_ = std::move(next);
    return success(state());
  }
  [[nodiscard]] wire::Value state() const {
    return wire::encode_state({name_, held_.generation, digest(), log_->sequence()});
  }
  [[nodiscard]] net::Response conflict() const {
    net::Response response;
    response.status = 409;
    response.body = wire::error_body({.text = "not later", .code = "x", .current = state()}).text;
    return response;
  }
  static net::Response success(const std::optional<wire::Value>& data) {
    net::Response response;
    response.body = wire::success_body(data, {});
    return response;
  }
  static net::Response failure(int status, const std::string& text) {
    net::Response response;
    response.status = status;
    response.body = wire::error_body({.text = text, .code = "test"}).text;
    return response;
  }

  AgentHost& host_;
  const std::optional<net::TlsSettings> tls_;
  std::uint16_t port_ = 0;

  mutable std::mutex mutex_;  // guards what follows, but for the server
  std::condition_variable released_;
  NodeName name_;  // that it says
  NodeName node_;  // that it is
  NodeIntents held_;
  std::vector<Intent> go_held_;
  RunningPods running_;
  std::unique_ptr<ReportLog> log_ = std::make_unique<ReportLog>(30);
  std::map<std::string, std::deque<net::Response>> scripted_;
  Requests seen_;
  bool is_go_ = false;
  bool hangs_ = false;
  bool waits_ = true;
  bool ending_ = false;
  std::optional<std::chrono::seconds> token_life_;  // nothing: none is wanted
  std::string good_token_;
  int tokens_ = 0;

  std::unique_ptr<net::Server> server_;
};

}  // namespace gthulhu
