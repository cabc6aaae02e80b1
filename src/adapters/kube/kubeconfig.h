// SPDX-License-Identifier: Apache-2.0
//
// What a kubeconfig file says, as values: one of its contexts with the cluster and the user that
// it names. Files that it points at are not read here; their paths are absolute, or relative to the
// working directory as that of the kubeconfig is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/kube/yaml_fields.h"
#include "base/environment.h"
#include "base/result.h"
#include "net/http.h"

namespace gthulhu {

// A certificate or key: the text itself, else the file with it.
struct PemSource {
  std::string text;
  std::string file;
  std::string field;  // "users[admin].user.client-key", for messages

  [[nodiscard]] bool given() const { return !text.empty() || !file.empty(); }
};

struct KubeCluster {
  std::string server;  // a URL that net::parse_server_url takes
  PemSource authority;
  std::string tls_server_name;
  std::string proxy_url;  // http:// or socks5://
};

// A program that prints a credential.
struct ExecSettings {
  std::string api_version;  // "client.authentication.k8s.io/v1"
  std::string command;      // a path, or a name for PATH
  std::vector<std::string> arguments;
  Environment environment;  // added to our own
  bool cluster_info = false;
  std::string install_hint;
};

struct KubeUser {
  std::string name;
  std::string token;
  std::string token_file;  // wins over `token`
  PemSource certificate;
  PemSource key;
  std::optional<ExecSettings> exec;
  net::Headers impersonation;  // Impersonate-*

  [[nodiscard]] bool has_credential() const {
    return !token.empty() || !token_file.empty() || certificate.given() || exec.has_value();
  }
};

struct KubeContext {
  std::string name;
  KubeCluster cluster;
  KubeUser user;
};

// Which kubeconfig, and which of its contexts: current-context when empty.
struct KubeconfigChoice {
  std::string path;
  std::string context = {};
};

// Errc::not_found when there is no such file; Errc::invalid_argument for what cannot be understood
// or will not be done, with the field and what to write instead.
Result<KubeContext> read_kubeconfig(const KubeconfigChoice& choice);

// Parts of it: of the file in `folder`, the fields of one user and one cluster.
Result<KubeUser> read_kube_user(const YamlFields& user, const std::string& folder);
Result<KubeCluster> read_kube_cluster(const YamlFields& cluster, const std::string& folder);

// The field NAME-data, which is Base64, else the file in the field NAME.
Result<PemSource> read_pem_source(const YamlFields& fields,
                                  const std::string& name,
                                  const std::string& folder);

// An absolute path as it is, others below `folder`.
std::string path_below(const std::string& folder, const std::string& path);

}  // namespace gthulhu
