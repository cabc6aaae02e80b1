// SPDX-License-Identifier: Apache-2.0
#include "tests/scale/simulated_node.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "core/plan/intent_id.h"
#include "wire/envelope.h"

namespace gthulhu::scale {

namespace {

constexpr std::chrono::milliseconds longest_wait{30'000};
constexpr std::chrono::hours token_life{3};

TimePoint now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::optional<std::uint64_t> number(const std::string* text) {
  if (text == nullptr) return std::nullopt;
  std::uint64_t value = 0;
  std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

// In one of four pods no process runs that a strategy is for.
NodeReport report_of(const NodeSet& set, const std::string& name) {
  NodeReport report;
  report.node = NodeName(name);
  report.generation = set.generation;
  report.enforcer.kind = EnforcerKind::cfs;
  report.enforcer.reason = "a simulated node";
  for (const auto& [uid, pod] : set.pods) {
    const bool is_idle = uid.str().back() % 4 == 0;
    for (const StrategyId& id : pod.strategies) {
      report.intents.push_back({.intent = intent_id(id, uid),
                                .state = is_idle ? IntentState::delivered : IntentState::verified,
                                .reason = {},
                                .superseded_by = {},
                                .processes = is_idle ? std::size_t{0} : std::size_t{1}});
    }
  }
  return report;
}

struct Waiting {
  Waiting(const net::Executor& executor, std::set<net::Wakeup*>& among)
      : all(among), wakeup(executor) {
    all.insert(&wakeup);
  }
  ~Waiting() { all.erase(&wakeup); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  std::set<net::Wakeup*>& all;
  net::Wakeup wakeup;
};

}  // namespace

SimulatedNode::SimulatedNode(const Parts& parts, std::size_t index, std::string name)
    : parts_(parts),
      index_(index),
      name_(std::move(name)),
      token_("token-of-" + name_),
      digest_(digest_of(set_)),
      port_(parts.executor, parts.tasks, *this) {
  reports_.add(report_of(set_, name_));
}

net::Awaitable<bool> SimulatedNode::serve(HttpConnection* connection) {
  if (is_hung_) {
    co_await answer_nothing();
    co_return false;
  }
  const net::Request& request = connection->request();
  const bool is_report = request.path == "/api/v1/node/reports";
  if (is_report && may(request)) {
    const bool is_sent = co_await report(connection);
    co_return is_sent;
  }
  Answer answer = answer_of(request);
  const bool is_sent = co_await connection->answer(answer.first, std::move(answer.second));
  co_return is_sent;
}

net::Awaitable<> SimulatedNode::answer_nothing() {
  Waiting waiting(parts_.executor, waiting_);
  while (is_hung_) co_await waiting.wakeup.wait();
}

void SimulatedNode::wake_up() {
  is_hung_ = false;
  for (net::Wakeup* waiting : waiting_) waiting->wake();
}

bool SimulatedNode::may(const net::Request& request) const {
  const std::string* bearer = request.headers.find("Authorization");
  return bearer != nullptr && bearer->starts_with("Bearer ") && bearer->substr(7) == token_;
}

SimulatedNode::Answer SimulatedNode::answer_of(const net::Request& request) {
  const bool is_get = request.method == "GET";
  if (request.path == "/api/v1/auth/token" && request.method == "POST") return give_token(request);
  if (!may(request)) return refuse({Errc::unauthenticated, "no token of this node", ""});
  if (request.path == "/api/v1/node" && is_get) return state();
  if (request.path == "/api/v1/node/intents" && !is_get) return take(request);
  return refuse({Errc::not_found, "not found", ""});
}

SimulatedNode::Answer SimulatedNode::state() const {
  return {200, wire::success_body(wire::encode_state({.node = NodeName(name_),
                                                      .generation = set_.generation,
                                                      .digest = digest_,
                                                      .sequence = reports_.sequence()}),
                                  now())};
}

SimulatedNode::Answer SimulatedNode::give_token(const net::Request& request) {
  const auto body = wire::parse_json(request.body);
  const wire::Value* key = body ? body->find("public_key") : nullptr;
  const std::string* text = key == nullptr ? nullptr : key->as<std::string>();
  if (text == nullptr || *text != parts_.public_key) {
    return refuse({Errc::unauthenticated, "not the public key of this node", ""});
  }
  const auto expires = std::chrono::floor<std::chrono::seconds>(now() + token_life);
  return {200, wire::success_body(
                   wire::Value::Object{{"token", token_},
                                       {"expired_at", expires.time_since_epoch().count()}},
                   now())};
}

// --- sets ---

SimulatedNode::Answer SimulatedNode::refuse(const Error& error) const {
  ++parts_.traffic.refused;
  int status = 400;
  wire::ErrorParts parts{.text = error.message, .code = "invalid_argument", .field = error.field};
  if (error.code == Errc::conflict) {
    status = 409;
    parts.current = wire::encode_state({.node = NodeName(name_),
                                        .generation = set_.generation,
                                        .digest = digest_,
                                        .sequence = reports_.sequence()});
  } else if (error.code == Errc::corrupt) {
    status = 422;
  } else if (error.code == Errc::unauthenticated) {
    status = 401;
  } else if (error.code == Errc::not_found) {
    status = 404;
  }
  return {status, wire::error_body(parts).text};
}

// What the message leads to, once more the same set where it is known already.
Result<SimulatedNode::Held> SimulatedNode::next_set(const net::Request& request) {
  const wire::Value body = TRY(wire::parse_json(request.body));
  NodeSet next;
  Digest said;
  if (request.method == "PUT") {
    wire::SetMessage message = TRY(wire::decode_set(body));
    said = message.digest;
    next = std::move(message.set);
  } else {
    wire::DifferenceMessage message = TRY(wire::decode_difference(body));
    said = message.digest;
    const bool is_known = message.difference.generation == set_.generation && said == digest_;
    if (is_known) return Held{set_, digest_};
    next = TRY(apply(set_, message.difference));
  }
  if (next.generation == set_.generation && said == digest_) return Held{set_, digest_};
  if (next.generation <= set_.generation) {
    return Error{Errc::conflict, "the generation is not later than this node's", ""};
  }
  if (digest_of(next) != said) return Error{Errc::corrupt, "digest is not that of the set", ""};
  return Held{std::move(next), said};
}

SimulatedNode::Answer SimulatedNode::take(const net::Request& request) {
  parts_.traffic.bytes += request.body.size();
  Result<Held> next = next_set(request);
  if (!next) return refuse(next.error());
  ++(request.method == "PUT" ? parts_.traffic.sets : parts_.traffic.differences);
  if (next->set.generation != set_.generation) hold(std::move(*next));
  return state();
}

void SimulatedNode::hold(Held next) {
  std::set<StrategyId> before;
  for (const auto& [id, strategy] : set_.strategies) before.insert(before.end(), id);
  set_ = std::move(next.set);
  digest_ = next.digest;
  parts_.observer.took(*this, before);
  reports_.add(report_of(set_, name_));
  for (net::Wakeup* waiting : waiting_) waiting->wake();
}

// --- reports ---

net::Awaitable<bool> SimulatedNode::report(HttpConnection* connection) {
  const net::Request& request = connection->request();
  const auto after = number(request.query_value("after"));
  const auto asked = number(request.query_value("wait"));
  const std::chrono::milliseconds wait(asked.value_or(0));
  const auto until = std::chrono::steady_clock::now() + std::min(wait, longest_wait);
  while (after && reports_.sequence() == *after && !is_hung_) {
    if (std::chrono::steady_clock::now() >= until) break;
    Waiting waiting(parts_.executor, waiting_);
    co_await waiting.wakeup.wait_until(until);
  }
  if (is_hung_) {
    co_await answer_nothing();
    co_return false;
  }
  ReportLog::Changes changes = reports_.since(after);
  const wire::ReportMessage message{.sequence = changes.sequence,
                                    .whole = changes.whole,
                                    .report = std::move(changes.report),
                                    .gone = std::move(changes.gone)};
  ++parts_.traffic.reports;
  std::string body = wire::success_body(wire::encode_report(message), now());
  const bool is_sent = co_await connection->answer(200, std::move(body));
  co_return is_sent;
}

}  // namespace gthulhu::scale
