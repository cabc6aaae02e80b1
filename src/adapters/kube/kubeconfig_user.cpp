// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/bearer_token.h"
#include "adapters/kube/kubeconfig.h"
#include "net/response_head.h"

namespace gthulhu {
namespace {

Result<> refuse_what_is_gone(const YamlFields& user) {
  for (const char* key : {"username", "password"}) {
    if (!user.has(key)) continue;
    return user.refused(key,
                        "is of basic authentication, which Kubernetes 1.19 removed; use a token, a "
                        "client certificate or exec");
  }
  if (user.has("auth-provider")) {
    return user.refused("auth-provider",
                        "was removed in Kubernetes 1.26; use exec with the provider's plugin");
  }
  return {};
}

Result<> check_exec_version(const YamlFields& exec, const std::string& version) {
  constexpr std::string_view group = "client.authentication.k8s.io/";
  if (version == std::string(group) + "v1" || version == std::string(group) + "v1beta1") return {};
  return exec.refused("apiVersion",
                      "must be " + std::string(group) + "v1 or " + std::string(group) + "v1beta1");
}

Result<> check_interactive_mode(const YamlFields& exec) {
  const std::string mode = TRY(exec.text("interactiveMode"));
  if (mode == "Always") {
    return exec.refused("interactiveMode",
                        "is Always, but there is no terminal here; use a plugin that asks nobody, "
                        "and Never or IfAvailable");
  }
  if (mode.empty() || mode == "Never" || mode == "IfAvailable") return {};
  return exec.refused("interactiveMode", "must be Never or IfAvailable");
}

Result<ExecSettings> read_exec(const YamlFields& exec, const std::string& folder) {
  ExecSettings read;
  read.api_version = TRY(exec.text("apiVersion"));
  TRY(check_exec_version(exec, read.api_version));
  TRY(check_interactive_mode(exec));
  read.command = TRY(exec.text("command"));
  if (read.command.empty()) return exec.refused("command", "is missing");
  if (read.command.find('/') != std::string::npos) {
    // With a slash, so that it is looked up in no PATH.
    read.command = path_below(folder.empty() ? "." : folder, read.command);
  }
  read.arguments = TRY(exec.texts("args"));
  for (const YamlFields& variable : TRY(exec.each("env"))) {
    std::string name = TRY(variable.text("name"));
    if (name.empty() || name.find('=') != std::string::npos) {
      return variable.refused("name", "must be the name of an environment variable");
    }
    read.environment.insert_or_assign(std::move(name), TRY(variable.text("value")));
  }
  read.cluster_info = TRY(exec.truth("provideClusterInfo"));
  read.install_hint = TRY(exec.text("installHint"));
  return read;
}

// Names of header fields hold few characters: the others are percent-encoded, in any case of
// letters, as the server decodes them.
std::string extra_field(const std::string& key) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string field = "Impersonate-Extra-";
  for (const char letter : key) {
    const std::string one(1, letter);
    if (letter != '%' && net::is_token(one)) {
      field += letter;
      continue;
    }
    const auto byte = static_cast<unsigned char>(letter);
    field += {'%', digits[byte >> 4U], digits[byte & 15U]};
  }
  return field;
}

Result<net::Headers> read_impersonation(const YamlFields& user) {
  net::Headers headers;
  const auto add = [&](std::string_view key, std::string name, std::string value) -> Result<> {
    if (!net::is_field_value(value)) {
      return user.refused(key, "holds a control character");
    }
    headers.add(std::move(name), std::move(value));
    return {};
  };
  const std::string name = TRY(user.text("as"));
  if (!name.empty()) TRY(add("as", "Impersonate-User", name));
  const std::string uid = TRY(user.text("as-uid"));
  if (!uid.empty()) TRY(add("as-uid", "Impersonate-Uid", uid));
  for (const std::string& group : TRY(user.texts("as-groups"))) {
    TRY(add("as-groups", "Impersonate-Group", group));
  }
  for (const auto& [key, values] : TRY(user.texts_by_name("as-user-extra"))) {
    for (const std::string& value : values) TRY(add("as-user-extra", extra_field(key), value));
  }
  if (name.empty() && !headers.fields().empty()) {
    return user.refused("as", "is missing: groups, uid and extra are those of a user");
  }
  return headers;
}

}  // namespace

Result<KubeUser> read_kube_user(const YamlFields& user, const std::string& folder) {
  TRY(refuse_what_is_gone(user));
  KubeUser read;
  read.token = TRY(user.text("token"));
  if (!read.token.empty() && !is_bearer_token(read.token)) {
    return user.refused("token", "holds blanks or other characters that no token has");
  }
  read.token_file = path_below(folder, TRY(user.text("tokenFile")));
  read.certificate = TRY(read_pem_source(user, "client-certificate", folder));
  read.key = TRY(read_pem_source(user, "client-key", folder));
  if (read.certificate.given() && !read.key.given()) {
    return user.refused("client-key", "is missing beside the client-certificate");
  }
  if (read.key.given() && !read.certificate.given()) {
    return user.refused("client-certificate", "is missing beside the client-key");
  }
  if (user.has("exec")) {
    const YamlFields exec = TRY(user.fields("exec"));
    read.exec = TRY(read_exec(exec, folder));
  }
  read.impersonation = TRY(read_impersonation(user));
  return read;
}

}  // namespace gthulhu
