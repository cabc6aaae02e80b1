// SPDX-License-Identifier: Apache-2.0
//
// Bodies of the decision maker's Go-compatible API, against what wire/agent_json.h and
// wire/scheduler_report_json.h promise.
#include <string>
#include <utility>

#include "base/check.h"
#include "core/sync/merkle.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/made_up_json.h"
#include "wire/agent_json.h"
#include "wire/scheduler_report_json.h"

namespace gthulhu::fuzz {

namespace {

const Maker& made_up_body() {
  static const Maker intent = some_object({{"podName", some_text({"upf-0"})},
                                           {"podID", some_text({"uid-1", "uid-2"})},
                                           {"nodeID", some_text({"node-1"})},
                                           {"k8sNamespace", some_text({"core"})},
                                           {"commandRegex", some_text({"^nginx$", "a|b", "("})},
                                           {"priority", some_number(-22, 22)},
                                           {"executionTime", some_number(-1, 101'000'000)},
                                           {"podLabels", some_labels()},
                                           {"intentID", some_id()},
                                           {"strategyID", some_id()},
                                           {"creatorID", some_id()},
                                           {"clamped", some_flag()},
                                           {"rank", some_number(-1'000'001, 1'000'001)},
                                           {"container", some_text({"main"})},
                                           {"containerIDs", some_list(some_text(), 3)},
                                           {"expiresAt", some_number(-1, 1'764'000'000'000)}});
  static const Maker body = some_object({{"intents", some_list(intent, 4)},
                                         {"podId", some_text({"uid-1"})},
                                         {"pid", some_number(-1, 70'000)},
                                         {"all", some_flag()},
                                         {"public_key", some_text()},
                                         {"client_id", some_text()},
                                         {"nr_queued", some_number(0, 9)},
                                         {"usersched_last_run_at", some_number(-1, 9)}});
  return body;
}

// Written in the form of the file on disk and read again, they are the same.
void check_intents(const wire::Value& body) {
  const auto intents = wire::decode_intents(body);
  if (!intents) return check_refusal(intents.error(), body);
  wire::Value::Array items;
  for (const Intent& intent : *intents) items.push_back(wire::encode_node_intent(intent));
  const auto written =
      wire::parse_json(wire::to_text(wire::Value::Object{{"intents", std::move(items)}}));
  CHECK(written.has_value());
  const auto again = wire::decode_intents(*written);
  CHECK(again.has_value());
  CHECK(*again == *intents);
  CHECK(merkle_root(*again) == merkle_root(*intents));
  for (const Intent& intent : *intents) {
    CHECK(intent.slice.is_default() ||
          (intent.slice.length() >= Slice::shortest && intent.slice.length() <= Slice::longest));
    CHECK(!intent.sent || intent.clamped);
  }
}

}  // namespace

void try_input(std::string_view input) {
  const auto body = wire::parse_json(message_text(input, made_up_body()));
  if (!body) return;
  check_intents(*body);
  const auto deletion = wire::decode_intent_deletion(*body);
  if (!deletion) check_refusal(deletion.error(), *body);
  if (deletion) CHECK(deletion->all || (!deletion->pod.empty() && deletion->pid >= 0));
  const auto token = wire::decode_token_request(*body);
  if (!token) check_refusal(token.error(), *body);
  const auto report = wire::decode_scheduler_report(*body);
  if (!report) check_refusal(report.error(), *body);
}

}  // namespace gthulhu::fuzz
