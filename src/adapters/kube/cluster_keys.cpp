// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/cluster_keys.h"

#include "adapters/kube/kube_client.h"
#include "wire/json.h"

namespace gthulhu {

namespace {

constexpr std::size_t body_bytes_max = 256UL * 1024;
constexpr net::StreamTimeouts patience{std::chrono::seconds{5}, std::chrono::seconds{5}};

Result<std::string> read(KubeClient& client, const std::string& target) {
  std::string body;
  const auto take = [&](std::string_view piece) -> Result<> {
    if (piece.size() > body_bytes_max - body.size()) {
      return Error{Errc::too_large, "the answer of the API server is too large", ""};
    }
    body += piece;
    return {};
  };
  TRY(client.get(target, {}, take, patience));
  return body;
}

}  // namespace

Result<ClusterKeySet> KubeClusterKeys::fetch() {
  KubeClient client(access_);
  const std::string about = TRY(read(client, "/.well-known/openid-configuration"));
  const wire::Value parsed = TRY(wire::parse_json(about));
  const wire::Value* issuer = parsed.find("issuer");
  const std::string* text = issuer == nullptr ? nullptr : issuer->as<std::string>();
  if (text == nullptr) return Error{Errc::corrupt, "the API server names no issuer", ""};
  return ClusterKeySet{*text, TRY(read(client, "/openid/v1/jwks"))};
}

}  // namespace gthulhu
