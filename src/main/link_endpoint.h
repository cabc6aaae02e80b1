// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "adapters/crypto/link_authority.h"
#include "adapters/crypto/service_account_tokens.h"
#include "adapters/kube/cluster_keys.h"
#include "adapters/nodes/http_node_link.h"
#include "app/manager/enrolment.h"
#include "app/ports/agent_registry.h"
#include "app/ports/key_store.h"
#include "base/result.h"
#include "main/config/settings.h"
#include "main/listener.h"
#include "main/surroundings.h"
#include "rest/router.h"

namespace gthulhu {

// Where decision makers get their certificates (docs/kubernetes.md), and the manager's own
// certificates, renewed by themselves.
class LinkEndpoint {
 public:
  // All outlive it.
  struct Parts {
    Surroundings& surroundings;
    KeyStore& keys;
    ApiAccess& access;
    const AgentRegistry& agents;
    HttpNodeLink& link;
  };

  // Makes an authority at a first start; its certificate is also written to link-ca.crt in the data
  // directory. Listens when it returns, and the link shows certificates from now on.
  // Errc::invalid_argument names the key of the configuration.
  static Result<std::unique_ptr<LinkEndpoint>> start(const ManagerConfig& config,
                                                     const Parts& parts);
  ~LinkEndpoint() { stop(); }
  LinkEndpoint(const LinkEndpoint&) = delete;
  LinkEndpoint& operator=(const LinkEndpoint&) = delete;

  void stop();

 private:
  LinkEndpoint(const LinkSettings& settings,
               const Parts& parts,
               net::ListenAddress address,
               std::unique_ptr<LinkAuthority> authority,
               net::TlsSettings own);

  // At both ends that are the manager's.
  Result<> show_new_certificates();
  Result<> call_with_new_certificate();
  void renew();

  const LinkSettings settings_;
  Surroundings& surroundings_;
  HttpNodeLink& link_;
  std::unique_ptr<LinkAuthority> authority_;
  KubeClusterKeys cluster_keys_;
  ServiceAccountTokens tokens_;
  Enrolment enrolment_;
  rest::Router router_;
  Listener listener_;

  std::mutex mutex_;  // guards stopping_
  std::condition_variable called_;
  bool stopping_ = false;
  std::thread renewer_;
};

}  // namespace gthulhu
