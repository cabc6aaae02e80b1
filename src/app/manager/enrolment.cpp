// SPDX-License-Identifier: Apache-2.0
#include "app/manager/enrolment.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace gthulhu {

namespace {

// A key that was not shown for so long, or for many lifetimes of a certificate, is of a pod that is
// gone.
constexpr std::chrono::hours key_kept{24 * 30};
constexpr int lifetimes_kept = 10;
// That one is in use is written down no more often.
constexpr std::chrono::hours key_noted{24};

}  // namespace

Result<Enrolment::Enrolled> Enrolment::enrol(std::string_view token, std::string_view request_pem) {
  const TimePoint now = clock_.now();
  const Result<PodIdentity> checked = tokens_.check(token, now);
  if (!checked) {
    // Who asked is not told what is wrong with it.
    log_warning("a token for a certificate was refused", {{"error", checked.error().text()}});
    return checked.error();
  }
  const PodIdentity& identity = *checked;
  const std::optional<NodeName> node = agents_.node_of_agent(identity.pod);
  if (!node) {
    log_warning("a pod that is no decision maker's asked for a certificate",
                {{"namespace", identity.name_space.str()}, {"pod", identity.pod_name}});
    return Error{Errc::forbidden,
                 "pod " + identity.name_space.str() + "/" + identity.pod_name +
                     " is not known as a decision maker's: it must be in the configured namespace, "
                     "have the label app=decisionmaker and be placed on a node",
                 ""};
  }
  const Digest key = TRY(issuer_.key_of(request_pem));
  TRY(bind(identity.pod, key, now));
  IssuedCertificate certificate = TRY(issuer_.issue(
      request_pem, LinkEnd::called, {.uris = {"node:" + node->str()}}, lifetime_, now));
  log_info("certificate issued",
           {{"node", node->str()}, {"pod", identity.pod_name}, {"seconds", lifetime_.count()}});
  return Enrolled{*node, std::move(certificate), issuer_.ca_pem()};
}

Result<> Enrolment::bind(const PodUid& pod, const Digest& key, TimePoint now) {
  const std::lock_guard lock(order_);
  const std::optional<PodKey> known = TRY(keys_.pod_key(pod));
  if (known && known->key != key) {
    log_error("another key than the pod's own was shown with its token", {{"pod", pod.str()}});
    return Error{
        Errc::forbidden,
        "this pod has shown another key before: a decision maker that has lost its key needs "
        "a new pod",
        ""};
  }
  if (known && now - known->shown < key_noted) return {};
  const Result<> kept = keys_.put_pod_key(pod, {key, now});
  if (known) {
    if (!kept) log_warning("a pod's key was not noted", {{"error", kept.error().text()}});
    return {};
  }
  if (!kept) return kept.error();
  const auto most = std::max<std::chrono::milliseconds>(key_kept, lifetimes_kept * lifetime_);
  if (const Result<> erased = keys_.erase_pod_keys(now - most); !erased) {
    log_warning("keys of pods that are gone stay", {{"error", erased.error().text()}});
  }
  return {};
}

}  // namespace gthulhu
