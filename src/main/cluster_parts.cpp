// SPDX-License-Identifier: Apache-2.0
#include "main/cluster_parts.h"

#include <utility>

#include "adapters/kube/kubeconfig_access.h"
#include "adapters/kube/service_account.h"
#include "adapters/system/files.h"
#include "base/log.h"
#include "net/client_identity.h"

namespace gthulhu {

namespace {

class WatchLog : public WatchObserver {
 public:
  void fell_behind(const std::string& resource, const Error& why) override {
    log_warning("the cluster's " + resource + " are not followed", {{"error", why.text()}});
  }
  void is_current(const std::string& resource, std::size_t objects) override {
    log_info("the cluster's " + resource + " are followed", {{"known", objects}});
  }
  void lost_events(const std::string& resource, std::size_t count) override {
    log_error("a watch has lost events: everything is listed anew",
              {{"resource", resource}, {"count", count}});
  }
};

Result<std::unique_ptr<ApiAccess>> open_access(const KubernetesSettings& settings,
                                               const Environment& environment,
                                               const Clock& clock) {
  if (settings.in_cluster) {
    auto access = open_service_account(clock, environment);
    if (!access) return std::move(access).error().in("k8s.in_cluster");
    return access;
  }
  if (settings.kube_config_path.empty()) return std::unique_ptr<ApiAccess>();
  auto access = open_kubeconfig({.path = settings.kube_config_path}, clock, environment);
  if (!access) return std::move(access).error().in("k8s.kube_config_path");
  return access;
}

Namespace decision_maker_namespace(const KubernetesSettings& settings) {
  if (!settings.decision_maker_namespace.empty()) {
    return Namespace(settings.decision_maker_namespace);
  }
  if (settings.in_cluster) {
    const auto own = read_file(std::string(service_account_directory) + "/namespace", 253);
    if (own && !own->empty()) return Namespace(*own);
  }
  return Namespace(settings.crd_namespace);
}

Result<LinkCredentials> link_credentials(const ManagerConfig& config) {
  LinkCredentials credentials;
  credentials.public_key_pem = config.key.dm_public_key_pem;
  credentials.client_id = config.key.client_id;
  if (!config.mtls.enable) return credentials;
  auto identity = net::ClientIdentity::create({.ca_pem = config.mtls.ca_pem,
                                               .certificate_pem = config.mtls.cert_pem,
                                               .private_key_pem = config.mtls.key_pem.reveal()});
  if (!identity) return std::move(identity).error().in("mtls");
  credentials.identity = std::move(*identity);
  credentials.server_name = config.mtls.server_name;
  return credentials;
}

}  // namespace

Result<ClusterParts> ClusterParts::open(const ManagerConfig& config,
                                        const Environment& environment,
                                        Surroundings& surroundings) {
  ClusterParts parts;
  parts.access = TRY(open_access(config.k8s, environment, surroundings.clock));
  parts.log = std::make_unique<WatchLog>();
  HttpNodeLink::Settings settings;
  settings.credentials = TRY(link_credentials(config));
  settings.report = [](const Error& error) {
    log_error("a node link failed", {{"error", error.text()}});
  };
  if (config.mtls.enable && !config.link.listen.empty()) {
    return Error{Errc::invalid_argument,
                 "mtls.enable and link.host are two ways to certificates: give one", ""};
  }
  if (!config.link.listen.empty() && !settings.credentials.public_key_pem.empty()) {
    log_warning(
        "with link.host decision makers of the Go system are not reached: "
        "key.dm_public_key_pem is not used");
  }
  const bool has_credentials = config.mtls.enable || !config.link.listen.empty() ||
                               !settings.credentials.public_key_pem.empty();
  parts.link =
      TRY(HttpNodeLink::create(surroundings.clock, surroundings.random, std::move(settings)));
  if (parts.access == nullptr) {
    log_warning(
        "the configuration names no cluster (k8s.in_cluster or k8s.kube_config_path): strategies "
        "are kept and select nothing; `gthulhu standalone` has this machine's workloads");
    return parts;
  }
  if (!has_credentials) {
    log_warning(
        "decision makers will not know this manager: set link.host, mtls.enable with its three "
        "texts, or key.dm_public_key_pem");
  }
  const Namespace name_space = decision_maker_namespace(config.k8s);
  log_info("the cluster",
           {{"access", parts.access->description()}, {"decision_makers", name_space.str()}});
  parts.workloads = std::make_unique<KubeWorkloads>(
      ListWatch::Parts{surroundings.clock, surroundings.random, *parts.access, *parts.log},
      *parts.link,
      KubeWorkloads::Settings{.agents = {.name_space = name_space},
                              .audit = config.k8s.audit_interval});
  return parts;
}

WorkloadStatus ClusterParts::status() const {
  if (workloads == nullptr) return {"the configuration names no cluster", {}};
  return workloads->status();
}

}  // namespace gthulhu
