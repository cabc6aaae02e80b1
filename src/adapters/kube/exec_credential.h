// SPDX-License-Identifier: Apache-2.0
//
// What is said between us and an exec plugin: an ExecCredential in JSON, either way
// (client.authentication.k8s.io/v1 and v1beta1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace gthulhu {

// The cluster, for plugins that want to know it.
struct ExecCluster {
  std::string server;
  std::string tls_server_name;
  std::string authority_pem;
  std::string proxy_url;
};

// A token, or a certificate with its key, or all of it.
struct ExecCredential {
  std::string token;
  std::string certificate_pem;
  std::string key_pem;
  std::optional<TimePoint> expires;
};

// The content of KUBERNETES_EXEC_INFO: nobody is there to be asked.
std::string exec_info(const std::string& api_version, const std::optional<ExecCluster>& cluster);

// What a plugin printed. Errc::corrupt with what is wrong with it, said without quoting it.
Result<ExecCredential> parse_exec_credential(std::string_view printed,
                                             const std::string& api_version);

}  // namespace gthulhu
