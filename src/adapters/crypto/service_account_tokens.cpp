// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/service_account_tokens.h"

#include <algorithm>

#include "adapters/crypto/jwt.h"
#include "base/base64.h"
#include "base/text.h"
#include "wire/json.h"

namespace gthulhu {

namespace {

constexpr std::size_t longest_token = 16UL * 1024;
constexpr std::chrono::seconds ask_apart{10};
// A key that the cluster withdraws is believed for so long.
constexpr std::chrono::hours believed_for{1};

std::string text_member(const wire::Value* object, std::string_view name) {
  const wire::Value* value = object == nullptr ? nullptr : object->find(name);
  const std::string* text = value == nullptr ? nullptr : value->as<std::string>();
  return text == nullptr ? std::string() : *text;
}

Result<wire::Value> decoded(std::string_view part, const char* what) {
  const auto text = decode_base64(Base64::url, part);
  if (!text) return refused_token(std::string(what) + " is not base64url");
  auto parsed = wire::parse_json(*text);
  if (!parsed) return refused_token(std::string(what) + " is not JSON");
  return std::move(*parsed);
}

// One audience, or a list of them.
bool is_for(const wire::Value& claims, const std::string& audience) {
  const wire::Value* value = claims.find("aud");
  if (value == nullptr) return false;
  if (const auto* text = value->as<std::string>()) return *text == audience;
  const auto* list = value->as<wire::Value::Array>();
  return list != nullptr && std::ranges::find(*list, wire::Value(audience)) != list->end();
}

Result<> check_times(const wire::Value& claims, TimePoint now) {
  const auto date = [&](std::string_view name) -> const std::int64_t* {
    const wire::Value* value = claims.find(name);
    return value == nullptr ? nullptr : value->as<std::int64_t>();
  };
  const std::int64_t* expires = date("exp");
  const std::int64_t* not_before = date("nbf");
  if (expires == nullptr) return refused_token("no end");
  if (numeric_date(now) >= *expires) return refused_token("expired");
  if (not_before != nullptr && numeric_date(now) < *not_before) return refused_token("not yet");
  return {};
}

Result<PodIdentity> identity_of(const wire::Value& claims) {
  const wire::Value* cluster = claims.find("kubernetes.io");
  const wire::Value* pod = cluster == nullptr ? nullptr : cluster->find("pod");
  const wire::Value* account = cluster == nullptr ? nullptr : cluster->find("serviceaccount");
  PodIdentity identity{PodUid(text_member(pod, "uid")), text_member(pod, "name"),
                       Namespace(text_member(cluster, "namespace")), text_member(account, "name")};
  if (identity.pod.str().empty()) return refused_token("it is bound to no pod");
  return identity;
}

}  // namespace

Result<PodIdentity> ServiceAccountTokens::check(std::string_view token, TimePoint now) {
  if (token.size() > longest_token) return refused_token("too long");
  const auto parts = split(token, '.');
  if (parts.size() != 3) return refused_token("not three parts");
  const wire::Value header = TRY(decoded(parts[0], "the header"));
  if (header.find("crit") != nullptr) return refused_token("critical extensions");
  const std::string key_id = text_member(&header, "kid");
  const Shared known = TRY(keys_for(key_id, now));
  const auto signature = decode_base64(Base64::url, parts[2]);
  const std::string_view signed_part = token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!signature ||
      !known->keys.verifies(key_id, text_member(&header, "alg"), signed_part, *signature)) {
    return refused_token("wrong signature, or of an unknown key");
  }
  const wire::Value claims = TRY(decoded(parts[1], "the claims"));
  if (text_member(&claims, "iss") != known->issuer) return refused_token("wrong issuer");
  if (!is_for(claims, audience_)) return refused_token("not for audience " + audience_);
  TRY(check_times(claims, now));
  return identity_of(claims);
}

Result<ServiceAccountTokens::Shared> ServiceAccountTokens::keys_for(const std::string& key_id,
                                                                    TimePoint now) {
  {
    const std::lock_guard lock(mutex_);
    const bool is_old = !known_since_ || now < *known_since_ || now - *known_since_ >= believed_for;
    if (known_ != nullptr && !is_old && known_->keys.contains(key_id)) return known_;
    // Who makes up key ids must not make us ask for each, nor anybody wait while one asks.
    const bool is_too_soon = asked_ && now >= *asked_ && now - *asked_ < ask_apart;
    if (is_asking_ || is_too_soon) {
      if (known_ != nullptr) return known_;
      return Error{Errc::unavailable, "the cluster's keys are not known", ""};
    }
    is_asking_ = true;
  }
  Result<Shared> fetched = fetch();
  const std::lock_guard lock(mutex_);
  is_asking_ = false;
  asked_ = now;
  if (!fetched && known_ != nullptr) return known_;
  if (!fetched) return fetched;
  known_ = *fetched;
  known_since_ = now;
  return known_;
}

Result<ServiceAccountTokens::Shared> ServiceAccountTokens::fetch() {
  const ClusterKeySet set = TRY(source_.fetch());
  JsonWebKeys keys = TRY(JsonWebKeys::parse(set.jwks));
  return std::make_shared<const Known>(Known{set.issuer, std::move(keys)});
}

}  // namespace gthulhu
