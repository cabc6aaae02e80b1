// SPDX-License-Identifier: Apache-2.0
#include "app/manager/enrolment.h"

#include <utility>

#include "base/log.h"

namespace gthulhu {

namespace {

// Above it those of pods that are gone are forgotten.
constexpr std::size_t keys_to_keep = 4'096;

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
  TRY(bind(identity.pod, key));
  IssuedCertificate certificate = TRY(issuer_.issue(
      request_pem, LinkEnd::called, {.uris = {"node:" + node->str()}}, lifetime_, now));
  log_info("certificate issued",
           {{"node", node->str()}, {"pod", identity.pod_name}, {"seconds", lifetime_.count()}});
  return Enrolled{*node, std::move(certificate), issuer_.ca_pem()};
}

Result<> Enrolment::bind(const PodUid& pod, const Digest& key) {
  const std::lock_guard lock(mutex_);
  if (keys_.size() >= keys_to_keep) {
    std::erase_if(keys_, [this](const auto& known) { return !agents_.node_of_agent(known.first); });
  }
  const auto [known, is_new] = keys_.try_emplace(pod, key);
  if (is_new || known->second == key) return {};
  log_error("another key than the pod's own was shown with its token", {{"pod", pod.str()}});
  return Error{
      Errc::forbidden,
      "this pod has shown another key before: a decision maker that has lost its key needs "
      "a new pod",
      ""};
}

}  // namespace gthulhu
