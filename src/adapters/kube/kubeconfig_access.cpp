// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/kubeconfig_access.h"

#include "adapters/kube/exec_plugin.h"
#include "adapters/kube/proxy_choice.h"
#include "adapters/kube/small_file.h"
#include "adapters/kube/token_file.h"
#include "base/mutex.h"
#include "base/text.h"

namespace gthulhu {
namespace {

Result<std::string> read_pem(const PemSource& source) {
  if (source.file.empty()) return source.text;
  std::string text = TRY(read_small_file(source.file, source.field));
  if (!trim(text).empty()) return text;
  // Without a CA the system's would be trusted, and without a certificate we would be nobody.
  return Error{Errc::corrupt, source.field + " " + source.file + " is empty", "", source.field};
}

class KubeconfigAccess : public ApiAccess {
 public:
  KubeconfigAccess(KubeContext context,
                   std::string description,
                   std::string proxy_url,
                   const Clock& clock,
                   Environment environment)
      : context_(std::move(context)),
        description_(std::move(description)),
        proxy_url_(std::move(proxy_url)) {
    const KubeUser& user = context_.user;
    if (!user.token_file.empty()) {
      token_file_.emplace(user.token_file, "the token file of user " + user.name, clock);
    }
    // As for kubectl: with a token there is no need of a plugin.
    if (user.exec && user.token.empty() && !token_file_) {
      plugin_.emplace(*user.exec, std::move(environment), clock);
    }
  }

  Result<net::ClientSettings> connection() override {
    const KubeUser& user = context_.user;
    net::ClientSettings settings;
    settings.url = context_.cluster.server;
    settings.server_name = context_.cluster.tls_server_name;
    settings.proxy_url = proxy_url_;
    settings.ca_pem = TRY(read_pem(context_.cluster.authority));
    if (user.certificate.given()) {
      settings.certificate_pem = TRY(read_pem(user.certificate));
      settings.private_key_pem = TRY(read_pem(user.key));
    } else {
      const MutexLock lock(mutex_);
      ExecCredential credential = TRY(printed_credential());
      settings.certificate_pem = std::move(credential.certificate_pem);
      settings.private_key_pem = std::move(credential.key_pem);
    }
    return settings;
  }

  Result<net::Headers> credentials() override {
    const std::string token = TRY(bearer_token());
    net::Headers headers = context_.user.impersonation;
    if (!token.empty()) headers.add("Authorization", "Bearer " + token);
    return headers;
  }

  void refused() override {
    const MutexLock lock(mutex_);
    if (token_file_) token_file_->forget();
    if (plugin_) plugin_->forget();
  }

  [[nodiscard]] std::string description() const override { return description_; }

 private:
  Result<std::string> bearer_token() {
    const MutexLock lock(mutex_);
    if (token_file_) return token_file_->token();
    if (!context_.user.token.empty()) return context_.user.token;
    return TRY(printed_credential()).token;
  }

  // An empty one when no plugin is to run.
  Result<ExecCredential> printed_credential() REQUIRES(mutex_) {
    if (!plugin_) return ExecCredential{};
    const KubeCluster& cluster = context_.cluster;
    ExecCluster told{.server = cluster.server,
                     .tls_server_name = cluster.tls_server_name,
                     .authority_pem = "",
                     .proxy_url = cluster.proxy_url};
    if (plugin_->wants_cluster()) told.authority_pem = TRY(read_pem(cluster.authority));
    return plugin_->credential(told);
  }

  const KubeContext context_;
  const std::string description_;
  const std::string proxy_url_;
  Mutex mutex_;
  std::optional<TokenFile> token_file_ GUARDED_BY(mutex_);
  std::optional<ExecPlugin> plugin_ GUARDED_BY(mutex_);
};

}  // namespace

Result<std::unique_ptr<ApiAccess>> open_kubeconfig(const KubeconfigChoice& choice,
                                                   const Clock& clock,
                                                   Environment environment) {
  KubeContext context = TRY(read_kubeconfig(choice));
  std::string description = "context " + context.name + " of " + choice.path;
  std::string proxy = context.cluster.proxy_url;
  if (proxy.empty()) {
    const net::ServerUrl server = TRY(net::parse_server_url(context.cluster.server));
    proxy = TRY(proxy_for(server, environment));
  }
  return std::make_unique<KubeconfigAccess>(std::move(context), std::move(description),
                                            std::move(proxy), clock, std::move(environment));
}

}  // namespace gthulhu
