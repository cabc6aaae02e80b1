// SPDX-License-Identifier: Apache-2.0
#include "wire/agent_json.h"

#include <algorithm>

#include "core/sync/node_set.h"
#include "wire/fields.h"
#include "wire/timestamp.h"

namespace gthulhu::wire {

namespace {

Result<Intent> decode_intent(const Value& value, const std::string& path) {
  ObjectReader reader = TRY(ObjectReader::open(value, path));
  Intent intent;
  Labels labels;
  std::string id;
  std::string strategy;
  std::string pod;
  std::string node;
  std::string name_space;
  std::string command;
  std::string creator;
  std::int64_t priority = 0;
  std::int64_t slice = 0;
  TRY(reader.read("podName", intent.pod_name));
  TRY(reader.read("podID", pod));
  TRY(reader.read("nodeID", node));
  TRY(reader.read("k8sNamespace", name_space));
  TRY(reader.read("commandRegex", command));
  TRY(reader.read("priority", priority));
  TRY(reader.read("executionTime", slice));
  TRY(reader.read_map("podLabels",
                      [&](const std::string& key, const std::string& text) -> Result<> {
                        labels.insert_or_assign(key, text);
                        return {};
                      }));
  TRY(reader.read("intentID", id));
  TRY(reader.read("strategyID", strategy));
  TRY(reader.read("creatorID", creator));
  TRY(reader.read("clamped", intent.clamped));
  std::int64_t rank = 0;
  std::int64_t expires = 0;
  TRY(reader.read("rank", rank));
  TRY(reader.read("container", intent.container));
  TRY(reader.read("containerIDs", intent.container_ids));
  TRY(reader.read("expiresAt", expires));
  intent.rank =
      static_cast<int>(std::clamp<std::int64_t>(rank, -Strategy::rank_max, Strategy::rank_max));
  if (expires > 0) intent.expires = TimePoint{std::chrono::milliseconds{expires}};
  intent.id = IntentId(std::move(id));
  intent.strategy = StrategyId(std::move(strategy));
  intent.pod = PodUid(std::move(pod));
  intent.node = NodeName(std::move(node));
  intent.name_space = Namespace(std::move(name_space));
  intent.creator = UserId(std::move(creator));
  intent.pod_labels = PackedLabels(labels);
  const CommandMatch match = TRY(read_command_match(reader));
  intent.command =
      TRY(CommandPattern::parse(std::move(command), reader.path_of("commandRegex"), match));
  intent.priority = Priority::clamp(priority);
  intent.slice = Slice::clamp(slice);
  if (intent.priority.value() != priority || intent.slice.length().count() != slice) {
    intent.clamped = true;
    intent.sent = SentNumbers{priority, slice};
  }
  return intent;
}

Value encode_labels_as_list(const Labels& labels) {
  Value::Array items;
  for (const auto& [key, value] : labels) {
    items.emplace_back(Value::Object{{"key", key}, {"value", value}});
  }
  return items;
}

}  // namespace

Result<std::vector<Intent>> decode_intents(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  std::vector<Intent> intents;
  TRY(reader.read_each("intents", [&](const Value& item, const std::string& path) -> Result<> {
    if (intents.size() == node_intents_max) {
      return Error{Errc::invalid_argument,
                   "intents must be at most " + std::to_string(node_intents_max), "", "intents"};
    }
    intents.push_back(TRY(decode_intent(item, path)));
    return {};
  }));
  return intents;
}

Value encode_node_intent(const Intent& intent) {
  return Value::Object{
      {"podName", intent.pod_name},
      {"podID", intent.pod.str()},
      {"nodeID", intent.node.str()},
      {"k8sNamespace", intent.name_space.str()},
      {"commandRegex", intent.command.text()},
      {"commandMatch", name(intent.command.match())},
      {"priority", intent.sent ? intent.sent->priority : intent.priority.value()},
      {"executionTime",
       intent.sent ? intent.sent->execution_time_ns : intent.slice.length().count()},
      {"podLabels", encode_labels(*intent.pod_labels)},
      {"intentID", intent.id.str()},
      {"strategyID", intent.strategy.str()},
      {"creatorID", intent.creator.str()},
      {"clamped", intent.clamped},
      {"rank", intent.rank},
      {"container", intent.container},
      {"containerIDs", Value::Array(intent.container_ids.begin(), intent.container_ids.end())},
      {"expiresAt", intent.expires ? intent.expires->time_since_epoch().count() : 0}};
}

Result<IntentDeletion> decode_intent_deletion(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  IntentDeletion deletion;
  std::string pod;
  std::int64_t pid = 0;
  TRY(reader.read("podId", pod));
  TRY(reader.read("pid", pid));
  TRY(reader.read("all", deletion.all));
  if (pid < 0 || pid > std::numeric_limits<pid_t>::max()) {
    return Error{Errc::invalid_argument, "pid must be a process id", "", "pid"};
  }
  if (!deletion.all && pod.empty()) {
    return Error{Errc::invalid_argument, "PodID is required when 'all' is false", "", "podId"};
  }
  deletion.pod = PodUid(std::move(pod));
  deletion.pid = static_cast<pid_t>(pid);
  return deletion;
}

namespace {

void append_decision(std::string& list,
                     pid_t number,
                     const Decision& decision,
                     const Intent& intent) {
  if (list.size() > 1) list += ',';
  list += R"({"priority":)" + std::to_string(decision.priority.value());
  list += R"(,"execution_time":)" + std::to_string(decision.slice.length().count());
  list += R"(,"pid":)" + std::to_string(number);
  if (!intent.pod_labels->empty()) {
    list += R"(,"selectors":)";
    append_text(list, encode_labels_as_list(intent.pod_labels->unpack()));
  }
  if (!intent.command.matches_everything()) {
    list += R"(,"command_regex":)";
    append_string(list, intent.command.text());
  }
  list += '}';
}

}  // namespace

std::string scheduling_list(const std::vector<Intent>& intents, const Decisions& decisions) {
  std::string list = "[";
  for (const Shared<PodDecisions>& pod : decisions) {
    for (const Decision& decision : pod->processes) {
      const Intent& intent = intents.at(decision.intent);
      if (!decision.is_for_threads) {
        append_decision(list, decision.process->id.tid, decision, intent);
        continue;
      }
      for (const Thread& thread : decision.process->threads) {
        append_decision(list, thread.id.tid, decision, intent);
      }
    }
  }
  list += ']';
  return list;
}

std::string scheduling_body(std::string_view list, TimePoint now) {
  std::string body =
      R"({"success":true,"message":"Scheduling intents retrieved successfully","timestamp":")" +
      rfc3339(now) + R"(","scheduling":)";
  body.reserve(body.size() + list.size() + 2);
  body += list;
  body += "}\n";
  return body;
}

Value encode_pod_processes(const RunningPods& pods, const NodeName& node, TimePoint now) {
  Value::Array pod_items;
  for (const Shared<PodProcesses>& pod : pods) {
    Value::Array processes;
    for (const Shared<Process>& process : pod->processes) {
      Value::Object item{{"pid", process->id.tid}, {"command", process->comm}};
      if (process->parent != 0) item.emplace_back("ppid", process->parent);
      if (!process->container_id->empty())
        item.emplace_back("container_id", *process->container_id);
      processes.emplace_back(std::move(item));
    }
    pod_items.emplace_back(
        Value::Object{{"pod_uid", pod->pod().str()}, {"processes", std::move(processes)}});
  }
  return Value::Object{
      {"pods", std::move(pod_items)}, {"timestamp", rfc3339(now)}, {"node_name", node.str()}};
}

Result<TokenRequest> decode_token_request(const Value& body) {
  ObjectReader reader = TRY(ObjectReader::open(body));
  TokenRequest request;
  std::int64_t expires = 0;
  TRY(reader.read("public_key", request.public_key));
  TRY(reader.read("client_id", request.client_id));
  TRY(reader.read("expired_at", expires));  // accepted and not used, as in the Go system
  return request;
}

}  // namespace gthulhu::wire
