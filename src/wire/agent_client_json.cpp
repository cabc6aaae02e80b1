// SPDX-License-Identifier: Apache-2.0
#include "wire/agent_client_json.h"

#include <algorithm>
#include <limits>

#include "wire/fields.h"

namespace gthulhu::wire {

namespace {

Value encode_go_intent(const Intent& intent) {
  return Value::Object{{"podName", intent.pod_name},
                       {"podID", intent.pod.str()},
                       {"nodeID", intent.node.str()},
                       {"k8sNamespace", intent.name_space.str()},
                       {"commandRegex", intent.command.text()},
                       {"priority", intent.priority.value()},
                       {"executionTime", intent.slice.length().count()},
                       {"podLabels", encode_labels(*intent.pod_labels)}};
}

Result<pid_t> read_process_id(ObjectReader& reader, std::string_view key) {
  std::int64_t number = 0;
  TRY(reader.read(key, number));
  if (number < 0 || number > std::numeric_limits<pid_t>::max()) {
    return invalid_field(reader.path_of(key), "must be the number of a process");
  }
  return static_cast<pid_t>(number);
}

Result<Process> decode_process(const Value& item, const std::string& path) {
  ObjectReader reader = TRY(ObjectReader::open(item, path));
  Process process;
  std::string container;
  process.id.tid = TRY(read_process_id(reader, "pid"));
  process.parent = TRY(read_process_id(reader, "ppid"));
  TRY(reader.read("command", process.comm));
  TRY(reader.read("container_id", container));
  process.container_id = std::move(container);
  return process;
}

Result<PodProcesses> decode_pod(const Value& item, const std::string& path) {
  ObjectReader reader = TRY(ObjectReader::open(item, path));
  PodProcesses pod;
  std::string uid;
  TRY(reader.read("pod_uid", uid));
  if (uid.empty()) return invalid_field(reader.path_of("pod_uid"), "must not be empty");
  pod.cgroup = PodCgroup{PodUid(std::move(uid)), ""};
  TRY(reader.read_each("processes", [&](const Value& process, const std::string& at) -> Result<> {
    pod.processes.emplace_back(TRY(decode_process(process, at)));
    return {};
  }));
  return pod;
}

}  // namespace

Value encode_go_intents(const std::vector<Intent>& intents) {
  return Value::Object{{"intents", encode_each(intents, encode_go_intent)}};
}

Value encode_delete_all() {
  return Value::Object{{"all", true}};
}

Value encode_token_request(const std::string& public_key, const std::string& client_id) {
  return Value::Object{{"public_key", public_key}, {"client_id", client_id}, {"expired_at", 0}};
}

Result<GivenToken> decode_given_token(const Value& data) {
  ObjectReader reader = TRY(ObjectReader::open(data));
  GivenToken token;
  std::int64_t expires = 0;
  TRY(reader.read("token", token.text));
  TRY(reader.read("expired_at", expires));
  if (token.text.empty()) return invalid_field("token", "must not be empty");
  // A year is more than any decision maker gives, and no clock overflows by it.
  constexpr std::int64_t latest = 100'000'000'000;
  expires = std::clamp<std::int64_t>(expires, 0, latest);
  token.expires = TimePoint(std::chrono::seconds(expires));
  return token;
}

Result<Digest> decode_root(const Value& data) {
  ObjectReader reader = TRY(ObjectReader::open(data));
  std::string hex;
  TRY(reader.read("rootHash", hex));
  const auto root = parse_digest(hex);
  if (!root) return invalid_field("rootHash", "must be 64 hexadecimal digits");
  return *root;
}

Result<RunningPods> decode_pod_processes(const Value& data) {
  ObjectReader reader = TRY(ObjectReader::open(data));
  RunningPods pods;
  TRY(reader.read_each("pods", [&](const Value& item, const std::string& path) -> Result<> {
    pods.emplace_back(TRY(decode_pod(item, path)));
    return {};
  }));
  std::ranges::sort(pods, {}, [](const Shared<PodProcesses>& pod) { return pod->pod(); });
  return pods;
}

}  // namespace gthulhu::wire
