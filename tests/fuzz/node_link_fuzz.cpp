// SPDX-License-Identifier: Apache-2.0
//
// Messages of the node link, against what wire/node_link_json.h and core/sync/node_set.h promise.
#include <map>
#include <string>
#include <utility>

#include "base/check.h"
#include "core/sync/node_set.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/made_up_json.h"
#include "wire/node_link_json.h"

namespace gthulhu::fuzz {

namespace {

using wire::Value;

const std::string digest(64, 'a');

const Maker& made_up_message() {
  static const Maker strategy = some_object({{"id", some_id()},
                                             {"commandRegex", some_text({"^nginx$", "a|b"})},
                                             {"commandMatch", one_of({"comm"})},
                                             {"priority", some_number(-20, 20)},
                                             {"executionTime", one_of({0, 100'000, 100'000'000})},
                                             {"rank", some_number(-1'000'000, 1'000'000)},
                                             {"container", some_text({"main"})},
                                             {"expiresAt", some_number(0, 1'764'000'000'000)},
                                             {"clamped", some_flag()}});
  static const Maker container =
      some_object({{"name", some_text({"main", "side"})}, {"id", some_text({"c1", "c2"})}});
  static const Maker pod = some_object({{"uid", some_text({"uid-1", "uid-2", "uid-3"})},
                                        {"name", some_text({"upf-0"})},
                                        {"namespace", some_text({"core"})},
                                        {"labels", some_labels()},
                                        {"containers", some_list(container, 3)},
                                        {"strategies", some_list(some_id(), 4)}});
  static const Maker report = some_object({{"intent", some_id()},
                                           {"state", one_of({"pending", "degraded", "superseded"})},
                                           {"reason", some_text({"clamped"})},
                                           {"supersededBy", some_id()},
                                           {"processes", some_number(0, 9)}});
  static const Maker enforcer = some_object({{"kind", one_of({"cfs", "sched_ext", "external"})},
                                             {"reason", some_text()},
                                             {"approximate", some_flag()},
                                             {"tasks", some_number(0, 9)},
                                             {"cgroups", some_number(0, 9)}});
  static const Maker message = some_object({{"protocol", one_of({1})},
                                            {"node", some_text({"node-1"})},
                                            {"from", some_number(0, 9)},
                                            {"generation", some_number(1, 20)},
                                            {"sequence", some_number(0, 9)},
                                            {"now", some_number(1, 1'764'000'000'000)},
                                            {"digest", one_of({digest})},
                                            {"strategies", some_list(strategy, 5)},
                                            {"pods", some_list(pod, 4)},
                                            {"gonePods", some_list(some_text({"uid-1"}), 2)},
                                            {"whole", some_flag()},
                                            {"trouble", some_text()},
                                            {"enforcer", enforcer},
                                            {"intents", some_list(report, 3)},
                                            {"gone", some_list(some_id(), 2)}});
  return message;
}

// As the peer reads it.
Value sent(const Value& message) {
  const auto value = wire::parse_json(wire::to_text(message));
  CHECK(value.has_value());
  return *value;
}

// Every strategy of a pod is there, and every strategy is of some pod.
void check_complete(const NodeSet& set) {
  std::size_t unused = set.strategies.size();
  std::map<StrategyId, bool> used;
  for (const auto& [uid, pod] : set.pods) {
    CHECK(pod.uid == uid);
    CHECK(!pod.strategies.empty());
    for (const StrategyId& id : pod.strategies) {
      CHECK(set.strategies.contains(id));
      if (!std::exchange(used[id], true)) --unused;
    }
  }
  CHECK(unused == 0);
}

// A node that has `set` gets to `later` by the difference, and its digest with it.
void check_reached(const NodeSet& set, const NodeSet& later) {
  const auto reached = apply(set, difference(set, later));
  CHECK(reached.has_value());
  CHECK(*reached == later);
  CHECK(digest_of(*reached) == digest_of(later));
}

// A later set: one pod is gone, of the others every second one has changed.
NodeSet changed(const NodeSet& set) {
  NodeDifference change{.from = set.generation, .generation = set.generation + 1};
  bool is_second = false;
  for (const auto& [uid, present] : set.pods) {
    if (change.gone_pods.empty()) {
      change.gone_pods.push_back(uid);
    } else if (std::exchange(is_second, !is_second)) {
      NodePod pod = present;
      pod.name += '2';
      if (pod.strategies.size() > 1) pod.strategies.pop_back();
      change.pods.push_back(std::move(pod));
    }
  }
  const auto reached = apply(set, change);
  CHECK(reached.has_value());
  return *reached;
}

void check_set(const Value& body) {
  const auto message = wire::decode_set(body);
  if (!message) return check_refusal(message.error(), body);
  const auto again = wire::decode_set(sent(wire::encode_set(*message)));
  CHECK(again.has_value());
  CHECK(again->set == message->set);
  CHECK(again->now == message->now);
  CHECK(again->digest == message->digest);
  CHECK(digest_of(again->set) == digest_of(message->set));
  check_complete(message->set);
  check_reached(NodeSet{}, message->set);
  const NodeSet later = changed(message->set);
  check_complete(later);
  check_reached(message->set, later);
}

void check_difference(const Value& body) {
  const auto message = wire::decode_difference(body);
  if (!message) return check_refusal(message.error(), body);
  const auto again = wire::decode_difference(sent(wire::encode_difference(*message)));
  CHECK(again.has_value());
  CHECK(again->difference == message->difference);
  CHECK(again->now == message->now);
  CHECK(again->digest == message->digest);
  CHECK(message->difference.generation > message->difference.from);
}

void check_state(const Value& body) {
  const auto state = wire::decode_state(body);
  if (!state) return check_refusal(state.error(), body);
  const auto again = wire::decode_state(sent(wire::encode_state(*state)));
  CHECK(again.has_value());
  CHECK(*again == *state);
}

void check_report(const Value& body) {
  const auto report = wire::decode_report(body);
  if (!report) return check_refusal(report.error(), body);
  const auto again = wire::decode_report(sent(wire::encode_report(*report)));
  CHECK(again.has_value());
  CHECK(*again == *report);
}

}  // namespace

void try_input(std::string_view input) {
  const auto body = wire::parse_json(message_text(input, made_up_message()));
  if (!body) return;
  check_set(*body);
  check_difference(*body);
  check_state(*body);
  check_report(*body);
}

}  // namespace gthulhu::fuzz
