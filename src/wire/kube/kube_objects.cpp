// SPDX-License-Identifier: Apache-2.0
#include "wire/kube/kube_objects.h"

#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <charconv>

namespace gthulhu::wire {

namespace {

namespace json = boost::json;

// Of a message of the server.
constexpr std::size_t words_max = 300;

// One document, in memory that is given back at once. Most objects fit into the first pieces: a pod
// of 5 KB of text takes 30.
class Document {
 public:
  Result<const json::object*> open(std::string_view text) {
    json::error_code failed;
    json::parser parser(json::storage_ptr(&memory_), {}, stack_.data(), stack_.size());
    parser.write({text.data(), text.size()}, failed);
    if (failed) return corrupt(failed.message());
    root_ = parser.release();
    if (!root_.is_object()) return corrupt("it is no object");
    return &root_.get_object();
  }

  static Error corrupt(std::string what) {
    return {Errc::corrupt, "the API server sent what is no Kubernetes object", std::move(what)};
  }

 private:
  std::array<unsigned char, 16 * 1024> stack_;  // of the parser
  std::array<unsigned char, 64 * 1024> first_;
  json::monotonic_resource memory_{first_.data(), first_.size()};
  json::value root_;
};

// Null when it is absent or null.
const json::value* member(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains({name.data(), name.size()});
  return found == nullptr || found->is_null() ? nullptr : found;
}

Result<std::string_view> text(const json::object& object, std::string_view name) {
  const json::value* found = member(object, name);
  if (found == nullptr) return std::string_view();
  if (!found->is_string()) return Document::corrupt(std::string(name) + " is no text");
  const json::string& letters = found->get_string();
  return std::string_view(letters.data(), letters.size());
}

Result<const json::object*> part(const json::object& object, std::string_view name) {
  static const json::object nothing;
  const json::value* found = member(object, name);
  if (found == nullptr) return &nothing;
  if (!found->is_object()) return Document::corrupt(std::string(name) + " is no object");
  return &found->get_object();
}

template <class Take>
Result<> each(const json::object& object, std::string_view name, const Take& take) {
  const json::value* found = member(object, name);
  if (found == nullptr) return {};
  if (!found->is_array()) return Document::corrupt(std::string(name) + " is no array");
  for (const json::value& item : found->get_array()) {
    if (!item.is_object()) return Document::corrupt(std::string(name) + " has what is no object");
    TRY(take(item.get_object()));
  }
  return {};
}

Result<ResourceVersion> version_in(const json::object& metadata) {
  const std::string_view digits = TRY(text(metadata, "resourceVersion"));
  ResourceVersion version = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (failed != std::errc() || end != digits.data() + digits.size()) {
    return Document::corrupt("resourceVersion is no number: " + std::string(digits.substr(0, 40)));
  }
  return version;
}

Result<KubeMeta> meta_of(const json::object& object) {
  const json::object& from = *TRY(part(object, "metadata"));
  KubeMeta meta;
  meta.uid = TRY(text(from, "uid"));
  if (meta.uid.empty()) return Document::corrupt("an object without uid");
  meta.version = TRY(version_in(from));
  meta.name = TRY(text(from, "name"));
  meta.name_space = Namespace(std::string(TRY(text(from, "namespace"))));
  const json::object& labels = *TRY(part(from, "labels"));
  for (const auto& [key, value] : labels) {
    if (!value.is_string()) return Document::corrupt("a label's value is no text");
    const json::string& letters = value.get_string();
    meta.labels.emplace(std::string_view(key.data(), key.size()),
                        std::string_view(letters.data(), letters.size()));
  }
  return meta;
}

// "containerd://4f6e…" → "4f6e…"
std::string runtime_id(std::string_view id) {
  const std::size_t scheme = id.find("://");
  return std::string(scheme == std::string_view::npos ? id : id.substr(scheme + 3));
}

Result<> add_containers(const json::object& status,
                        std::string_view list,
                        std::map<std::string, std::string, std::less<>>& ids) {
  return each(status, list, [&](const json::object& container) -> Result<> {
    ids[std::string(TRY(text(container, "name")))] =
        runtime_id(TRY(text(container, "containerID")));
    return {};
  });
}

Result<> read_containers(const json::object& spec, const json::object& status, KubePod& pod) {
  std::map<std::string, std::string, std::less<>> ids;  // by name, which is one container's only
  for (const std::string_view list :
       {"initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"}) {
    TRY(add_containers(status, list, ids));
  }
  for (const std::string_view list : {"initContainers", "containers", "ephemeralContainers"}) {
    TRY(each(spec, list, [&](const json::object& container) -> Result<> {
      std::string name(TRY(text(container, "name")));
      const auto id = ids.find(name);
      pod.containers.push_back({std::move(name), id == ids.end() ? std::string() : id->second});
      return {};
    }));
  }
  return {};
}

Result<> read_ports(const json::object& spec, KubePod& pod) {
  const auto take = [&](const json::object& port) -> Result<> {
    const json::value* number = member(port, "containerPort");
    if (number == nullptr || !number->is_int64()) return {};
    if (number->get_int64() < 1 || number->get_int64() > 65'535) return {};
    pod.ports.push_back(
        {std::string(TRY(text(port, "name"))), static_cast<std::uint16_t>(number->get_int64())});
    return {};
  };
  return each(spec, "containers",
              [&](const json::object& container) { return each(container, "ports", take); });
}

// The status of a condition, such as "True"; empty when there is none of the type.
Result<std::string> condition(const json::object& status, std::string_view type) {
  std::string found;
  TRY(each(status, "conditions", [&](const json::object& one) -> Result<> {
    if (TRY(text(one, "type")) == type) found = TRY(text(one, "status"));
    return {};
  }));
  return found;
}

Result<> read(const json::object& object, KubePod& pod) {
  pod.meta = TRY(meta_of(object));
  const json::object& metadata = *TRY(part(object, "metadata"));
  const json::object& annotations = *TRY(part(metadata, "annotations"));
  // A pod that a file on the node declares (a static pod) has the hash of that file as its uid on
  // the node; the object that stands for it in the API has another (kubelet/types/pod_update.go).
  const bool is_mirror = annotations.if_contains("kubernetes.io/config.mirror") != nullptr;
  const std::string_view hash = TRY(text(annotations, "kubernetes.io/config.hash"));
  pod.uid = PodUid(is_mirror && !hash.empty() ? std::string(hash) : pod.meta.uid);
  pod.is_being_deleted = member(metadata, "deletionTimestamp") != nullptr;
  const json::object& spec = *TRY(part(object, "spec"));
  const json::object& status = *TRY(part(object, "status"));
  pod.node = NodeName(std::string(TRY(text(spec, "nodeName"))));
  pod.service_account = TRY(text(spec, "serviceAccountName"));
  pod.ip = TRY(text(status, "podIP"));
  const std::string_view phase = TRY(text(status, "phase"));
  pod.is_finished = phase == "Succeeded" || phase == "Failed";
  pod.is_running = phase == "Running";
  pod.is_ready = TRY(condition(status, "Ready")) == "True";
  TRY(read_containers(spec, status, pod));
  return read_ports(spec, pod);
}

Result<> read(const json::object& object, KubeNamespace& name_space) {
  name_space.meta = TRY(meta_of(object));
  return {};
}

Result<> read(const json::object& object, KubeNode& node) {
  node.meta = TRY(meta_of(object));
  const json::object& status = *TRY(part(object, "status"));
  const std::string ready = TRY(condition(status, "Ready"));
  if (ready == "True" || ready == "False") node.is_ready = ready == "True";
  return {};
}

Result<> read(const json::object& object, KubeAny& any) {
  any.meta = TRY(meta_of(object));
  return {};
}

KubeStatus status_of(const json::object& object) {
  KubeStatus status;
  const auto message = text(object, "message");
  const auto reason = text(object, "reason");
  const auto details = part(object, "details");
  if (!message || !reason || !details) return status;
  status.message = message->substr(0, words_max);
  status.reason = *reason;
  if (const json::value* code = member(object, "code"); code != nullptr && code->is_int64()) {
    status.code = static_cast<int>(code->get_int64());
  }
  const json::value* wait = member(**details, "retryAfterSeconds");
  if (wait != nullptr && wait->is_int64() && wait->get_int64() > 0) {
    status.retry_after = std::min(std::chrono::seconds(wait->get_int64()), retry_after_max);
  }
  const Result<> read = each(**details, "causes", [&](const json::object& cause) -> Result<> {
    if (TRY(text(cause, "reason")) == "ResourceVersionTooLarge") status.is_version_too_large = true;
    return {};
  });
  (void)read;  // causes that cannot be read name nothing
  return status;
}

}  // namespace

template <class Object>
Result<Object> decode_kube_object(std::string_view json) {
  Document document;
  const json::object& object = *TRY(document.open(json));
  Object made;
  TRY(read(object, made));
  return made;
}

template <class Object>
Result<KubeEvent<Object>> decode_kube_event(std::string_view line) {
  using Event = KubeEvent<Object>;
  Document document;
  const json::object& envelope = *TRY(document.open(line));
  const std::string_view type = TRY(text(envelope, "type"));
  const json::object& object = *TRY(part(envelope, "object"));
  Event event;
  if (type == "ADDED" || type == "MODIFIED" || type == "DELETED") {
    event.type = type == "DELETED" ? Event::Type::deleted : Event::Type::changed;
    TRY(read(object, event.object));
  } else if (type == "BOOKMARK") {
    event.type = Event::Type::bookmark;
    const json::object& metadata = *TRY(part(object, "metadata"));
    event.object.meta.version = TRY(version_in(metadata));
  } else if (type == "ERROR") {
    event.status = status_of(object);
  } else {
    return Document::corrupt("an event of type '" + std::string(type.substr(0, 40)) + "'");
  }
  return event;
}

template Result<KubePod> decode_kube_object(std::string_view json);
template Result<KubeNamespace> decode_kube_object(std::string_view json);
template Result<KubeNode> decode_kube_object(std::string_view json);
template Result<KubeAny> decode_kube_object(std::string_view json);
template Result<KubeEvent<KubePod>> decode_kube_event(std::string_view line);
template Result<KubeEvent<KubeNamespace>> decode_kube_event(std::string_view line);
template Result<KubeEvent<KubeNode>> decode_kube_event(std::string_view line);
template Result<KubeEvent<KubeAny>> decode_kube_event(std::string_view line);

KubeStatus decode_kube_status(std::string_view json) {
  Document document;
  const auto object = document.open(json);
  KubeStatus status = object ? status_of(**object) : KubeStatus();
  if (status.message.empty()) status.message = json.substr(0, words_max);
  return status;
}

Result<KubeListMeta> decode_kube_list_meta(std::string_view json) {
  Document document;
  const json::object& object = *TRY(document.open(json));
  const std::string_view kind = TRY(text(object, "kind"));
  if (!kind.ends_with("List")) return Document::corrupt("it is no list");
  const json::object& metadata = *TRY(part(object, "metadata"));
  KubeListMeta meta;
  meta.version = TRY(version_in(metadata));
  meta.continue_token = TRY(text(metadata, "continue"));
  return meta;
}

}  // namespace gthulhu::wire
