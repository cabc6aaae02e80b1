// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/kubeconfig.h"
#include "adapters/kube/proxy_choice.h"
#include "net/client.h"

namespace gthulhu {

Result<KubeCluster> read_kube_cluster(const YamlFields& cluster, const std::string& folder) {
  KubeCluster read;
  if (TRY(cluster.truth("insecure-skip-tls-verify"))) {
    return cluster.refused("insecure-skip-tls-verify",
                           "is true, but the server is always verified here; give its CA in "
                           "certificate-authority or certificate-authority-data, and "
                           "tls-server-name when its certificate is for another name");
  }
  read.server = TRY(cluster.text("server"));
  if (read.server.empty()) {
    return cluster.refused("server", "is missing; write for example https://10.0.0.1:6443");
  }
  // Not quoted: it holds a password.
  if (read.server.find('@') != std::string::npos) {
    return cluster.refused("server", "holds an '@'; credentials belong to a user");
  }
  if (auto url = net::parse_server_url(read.server); !url) {
    return cluster.refused("server", url.error().message);
  }
  read.authority = TRY(read_pem_source(cluster, "certificate-authority", folder));
  read.tls_server_name = TRY(cluster.text("tls-server-name"));
  read.proxy_url = TRY(cluster.text("proxy-url"));
  if (!read.proxy_url.empty() && !is_proxy_url(read.proxy_url)) {
    return cluster.refused("proxy-url", proxy_url_wanted);
  }
  return read;
}

}  // namespace gthulhu
