// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/service_account.h"

#include "adapters/kube/proxy_choice.h"
#include "adapters/kube/small_file.h"
#include "adapters/kube/token_file.h"
#include "base/mutex.h"
#include "base/text.h"

namespace gthulhu {
namespace {

Error outside(Error error) {
  error.message += "; is this running in a pod, with its service account's token mounted?";
  return error;
}

Result<std::string> wanted_variable(const Environment& environment, const std::string& name) {
  std::string value = variable(environment, name);
  if (!value.empty()) return value;
  return Error{Errc::not_found,
               "the environment variable " + name + " is missing; is this running in a pod?", "",
               name};
}

Result<net::ServerUrl> server_of(const Environment& environment) {
  const std::string host = TRY(wanted_variable(environment, "KUBERNETES_SERVICE_HOST"));
  const std::string port = TRY(wanted_variable(environment, "KUBERNETES_SERVICE_PORT"));
  const net::ServerUrl url{
      .tls = true, .host = host, .port = parse_number<std::uint16_t>(port).value_or(0), .path = ""};
  if (net::parse_server_url("https://" + url.authority()) == url) return url;
  return Error{Errc::invalid_argument,
               "the environment variables KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are "
               "\"" +
                   host + "\" and \"" + port + "\", which is no address of a server",
               ""};
}

class ServiceAccount : public ApiAccess {
 public:
  ServiceAccount(std::string url,
                 std::string proxy_url,
                 const std::string& directory,
                 const Clock& clock)
      : url_(std::move(url)),
        proxy_url_(std::move(proxy_url)),
        ca_file_(directory + "/ca.crt"),
        token_file_(directory + "/token", "the service account's token", clock) {}

  Result<net::ClientSettings> connection() override {
    net::ClientSettings settings;
    settings.url = url_;
    settings.proxy_url = proxy_url_;
    settings.ca_pem = TRY(read_small_file(ca_file_, "the cluster's CA"));
    // Nothing would mean the roots of the system.
    if (!trim(settings.ca_pem).empty()) return settings;
    return Error{Errc::corrupt, "the cluster's CA " + ca_file_ + " is empty", ""};
  }

  Result<net::Headers> credentials() override {
    const MutexLock lock(mutex_);
    return net::Headers{{"Authorization", "Bearer " + TRY(token_file_.token())}};
  }

  void refused() override {
    const MutexLock lock(mutex_);
    token_file_.forget();
  }

  [[nodiscard]] std::string description() const override { return "service account of this pod"; }

 private:
  const std::string url_;
  const std::string proxy_url_;
  const std::string ca_file_;
  Mutex mutex_;
  TokenFile token_file_ GUARDED_BY(mutex_);
};

}  // namespace

Result<std::unique_ptr<ApiAccess>> open_service_account(const Clock& clock,
                                                        const Environment& environment,
                                                        const std::string& directory) {
  const net::ServerUrl server = TRY(server_of(environment));
  auto access = std::make_unique<ServiceAccount>(
      "https://" + server.authority(), TRY(proxy_for(server, environment)), directory, clock);
  if (auto read = access->connection(); !read) return outside(std::move(read).error());
  if (auto read = access->credentials(); !read) return outside(std::move(read).error());
  return access;
}

}  // namespace gthulhu
