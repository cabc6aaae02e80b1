// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/exec_credential.h"

#include "adapters/kube/bearer_token.h"
#include "base/base64.h"
#include "wire/json.h"
#include "wire/timestamp.h"

namespace gthulhu {
namespace {

using wire::Value;

Error not_understood(std::string why) {
  return {Errc::corrupt, std::move(why), ""};
}

Value cluster_value(const ExecCluster& cluster) {
  Value::Object members{{"server", cluster.server}};
  const auto add = [&members](const char* name, const std::string& text) {
    if (!text.empty()) members.emplace_back(name, text);
  };
  add("tls-server-name", cluster.tls_server_name);
  add("certificate-authority-data", encode_padded_base64(cluster.authority_pem));
  add("proxy-url", cluster.proxy_url);
  return members;
}

Result<> check(const ExecCredential& credential) {
  if (!credential.token.empty() && !is_bearer_token(credential.token)) {
    return not_understood("status.token holds blanks or other characters that no token has");
  }
  if (credential.certificate_pem.empty() != credential.key_pem.empty()) {
    return not_understood("status has only one of clientCertificateData and clientKeyData");
  }
  if (credential.token.empty() && credential.certificate_pem.empty()) {
    return not_understood("status has neither a token nor clientCertificateData");
  }
  return {};
}

Result<ExecCredential> read_status(const Value& status) {
  auto reader = TRY(wire::ObjectReader::open(status, "status"));
  ExecCredential credential;
  std::string expires;
  TRY(reader.read("token", credential.token));
  TRY(reader.read("clientCertificateData", credential.certificate_pem));
  TRY(reader.read("clientKeyData", credential.key_pem));
  TRY(reader.read("expirationTimestamp", expires));
  if (!expires.empty()) {
    credential.expires = wire::parse_rfc3339(expires);
    if (!credential.expires) {
      return not_understood("status.expirationTimestamp is not like 2026-11-25T01:02:03Z");
    }
  }
  TRY(check(credential));
  return credential;
}

Result<ExecCredential> read_document(std::string_view printed, const std::string& api_version) {
  const Value document = TRY(wire::parse_json(printed));
  auto reader = TRY(wire::ObjectReader::open(document));
  std::string kind;
  std::string version;
  TRY(reader.read("kind", kind));
  TRY(reader.read("apiVersion", version));
  if (kind != "ExecCredential") return not_understood("kind is not ExecCredential");
  if (version != api_version) {
    return not_understood("apiVersion is not " + api_version + ", as the kubeconfig says");
  }
  const Value* status = document.find("status");
  if (status == nullptr || status->is_null()) return not_understood("there is no status");
  return read_status(*status);
}

}  // namespace

std::string exec_info(const std::string& api_version, const std::optional<ExecCluster>& cluster) {
  Value::Object spec;
  if (cluster) spec.emplace_back("cluster", cluster_value(*cluster));
  spec.emplace_back("interactive", false);
  return wire::to_text(Value::Object{
      {"kind", "ExecCredential"}, {"apiVersion", api_version}, {"spec", std::move(spec)}});
}

Result<ExecCredential> parse_exec_credential(std::string_view printed,
                                             const std::string& api_version) {
  auto credential = read_document(printed, api_version);
  if (credential) return credential;
  // Whatever the reason: it is the plugin that said something wrong, not whoever asked us.
  return not_understood(std::move(credential).error().message);
}

}  // namespace gthulhu
