// SPDX-License-Identifier: Apache-2.0
//
// What of Kubernetes' objects is used, out of their JSON (Kubernetes API reference: core/v1 Pod,
// Namespace and Node; meta/v1 ObjectMeta and Status). All else is read over and never kept.
//
// Objects come from an API server, which has validated them: a member of another type than it
// should have is Errc::corrupt, an absent or null one is empty, an unknown one is nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/model/pod.h"
#include "core/sync/object_versions.h"

namespace gthulhu::wire {

struct KubeMeta {
  std::string uid;  // never empty
  ResourceVersion version = 0;
  std::string name;
  Namespace name_space;
  Labels labels;

  bool operator==(const KubeMeta&) const = default;
};

struct KubePort {
  std::string name;
  std::uint16_t number = 0;

  bool operator==(const KubePort&) const = default;
};

struct KubePod {
  KubeMeta meta;
  // As it stands in cgroup names. Not that of the object when a file on the node declares the pod.
  PodUid uid;
  NodeName node;
  // Of all kinds, also of those that have not started.
  std::vector<Container> containers;
  std::vector<KubePort> ports;  // of the containers that are no init containers, in their order
  std::string ip;
  std::string service_account;
  bool is_finished = false;  // Succeeded or Failed: nothing of it will run again
  bool is_running = false;
  bool is_ready = false;
  bool is_being_deleted = false;

  bool operator==(const KubePod&) const = default;
};

struct KubeNamespace {
  KubeMeta meta;

  bool operator==(const KubeNamespace&) const = default;
};

struct KubeNode {
  KubeMeta meta;
  std::optional<bool> is_ready;  // nothing: the node does not say

  bool operator==(const KubeNode&) const = default;
};

// Only who it is and in which version, of any kind of object.
struct KubeAny {
  KubeMeta meta;

  bool operator==(const KubeAny&) const = default;
};

// For these four.
template <class Object>
Result<Object> decode_kube_object(std::string_view json);

// A server that asks for a longer pause is asked again all the same.
inline constexpr std::chrono::seconds retry_after_max{120};

// What the server says when it refuses: of the body of an answer, or of a watch's ERROR event.
struct KubeStatus {
  int code = 0;
  std::string reason;
  std::string message;
  std::chrono::seconds retry_after{0};  // at most retry_after_max
  bool is_version_too_large = false;    // the server has not got as far as what was asked for
};
// Text that is no Status is one with its first words as the message.
KubeStatus decode_kube_status(std::string_view json);

// A list without its items.
struct KubeListMeta {
  ResourceVersion version = 0;
  std::string continue_token;  // empty: there is no more
};
Result<KubeListMeta> decode_kube_list_meta(std::string_view json);

// One line of a watch. Of `object` a bookmark has only the version, an error nothing.
template <class Object>
struct KubeEvent {
  enum class Type : std::uint8_t { changed, deleted, bookmark, error };
  Type type = Type::error;
  Object object;
  KubeStatus status;  // of an error
};
// For the four kinds of objects above. Errc::corrupt also for an event of an unknown type.
template <class Object>
Result<KubeEvent<Object>> decode_kube_event(std::string_view line);

}  // namespace gthulhu::wire
