// SPDX-License-Identifier: Apache-2.0
#include "main/link_endpoint.h"

#include "adapters/crypto/certificate_request.h"
#include "adapters/system/files.h"
#include "base/log.h"
#include "net/client_identity.h"
#include "rest/agent/managers_only.h"
#include "rest/link/enrolment_routes.h"
#include "rest/system_routes.h"

namespace gthulhu {

namespace {

constexpr std::size_t pem_bytes_max = 64UL * 1024;
// In the store.
constexpr const char* authority_key = "link-authority";
constexpr const char* authority_certificate = "link-authority-certificate";

Result<LinkAuthority::Pair> own_authority(KeyStore& keys, Surroundings& surroundings) {
  const auto key = TRY(keys.key(authority_key));
  const auto certificate = TRY(keys.key(authority_certificate));
  if (key && certificate) return LinkAuthority::Pair{*certificate, *key};
  LinkAuthority::Pair made =
      TRY(LinkAuthority::make(surroundings.random, surroundings.clock.now()));
  TRY(keys.put_key(authority_key, made.key_pem));
  TRY(keys.put_key(authority_certificate, made.certificate_pem));
  log_info("authority of the node links made");
  return made;
}

Result<LinkAuthority::Pair> authority_of(const LinkSettings& settings,
                                         KeyStore& keys,
                                         Surroundings& surroundings) {
  if (!settings.authority.given()) return own_authority(keys, surroundings);
  auto certificate = read_file(settings.authority.certificate, pem_bytes_max);
  if (!certificate) return std::move(certificate).error().in("link.ca_cert_file");
  auto key = read_file(settings.authority.key, pem_bytes_max);
  if (!key) return std::move(key).error().in("link.ca_key_file");
  return LinkAuthority::Pair{std::move(*certificate), std::move(*key)};
}

// A new key, and a certificate for it.
Result<net::TlsSettings> new_pair(LinkAuthority& authority,
                                  LinkEnd end,
                                  const CertificateNames& names,
                                  std::chrono::seconds lifetime,
                                  TimePoint now) {
  std::string key = TRY(make_link_key());
  const std::string request = TRY(make_certificate_request(key));
  IssuedCertificate issued = TRY(authority.issue(request, end, names, lifetime, now));
  return net::TlsSettings{std::move(issued.pem), std::move(key), std::nullopt};
}

Result<net::TlsSettings> endpoint_pair(LinkAuthority& authority,
                                       const LinkSettings& settings,
                                       TimePoint now) {
  return new_pair(authority, LinkEnd::called, {.hosts = {settings.name}},
                  settings.certificate_lifetime, now);
}

}  // namespace

Result<std::unique_ptr<LinkEndpoint>> LinkEndpoint::start(const ManagerConfig& config,
                                                          const Parts& parts) {
  const LinkSettings& settings = config.link;
  auto address = net::parse_listen_address(settings.listen);
  if (!address) return std::move(address).error().in("link.host");
  const LinkAuthority::Pair pair = TRY(authority_of(settings, parts.keys, parts.surroundings));
  auto authority = LinkAuthority::open(pair, parts.surroundings.random);
  if (!authority) return std::move(authority).error().in("link.ca_cert_file, link.ca_key_file");
  auto own = endpoint_pair(**authority, settings, parts.surroundings.clock.now());
  if (!own) return std::move(own).error().in("link.name");
  TRY(write_file(config.data_dir + "/link-ca.crt", pair.certificate_pem, 0644));
  std::unique_ptr<LinkEndpoint> made(new LinkEndpoint(settings, parts, std::move(*address),
                                                      std::move(*authority), std::move(*own)));
  TRY(made->listener_.listen(made->router_));
  TRY(made->call_with_new_certificate());
  made->renewer_ = std::thread([endpoint = made.get()] { endpoint->renew(); });
  return made;
}

LinkEndpoint::LinkEndpoint(const LinkSettings& settings,
                           const Parts& parts,
                           net::ListenAddress address,
                           std::unique_ptr<LinkAuthority> authority,
                           net::TlsSettings own)
    : settings_(settings),
      surroundings_(parts.surroundings),
      link_(parts.link),
      authority_(std::move(authority)),
      cluster_keys_(parts.access),
      tokens_(cluster_keys_, settings_.audience),
      enrolment_(surroundings_.clock,
                 tokens_,
                 parts.agents,
                 *authority_,
                 parts.keys,
                 settings_.certificate_lifetime),
      listener_(surroundings_,
                {.name = "link", .address = std::move(address), .tls = std::move(own)}) {
  rest::add_system_routes(router_, surroundings_.clock, "/health, /version",
                          [] { return std::vector<std::string>(); });
  rest::add_enrolment_routes(router_, surroundings_.clock, enrolment_);
}

void LinkEndpoint::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  called_.notify_all();
  if (renewer_.joinable()) renewer_.join();
  listener_.stop();
}

Result<> LinkEndpoint::show_new_certificates() {
  const TimePoint now = surroundings_.clock.now();
  const net::TlsSettings endpoint = TRY(endpoint_pair(*authority_, settings_, now));
  TRY(listener_.change_tls(endpoint));
  return call_with_new_certificate();
}

Result<> LinkEndpoint::call_with_new_certificate() {
  const TimePoint now = surroundings_.clock.now();
  const net::TlsSettings caller =
      TRY(new_pair(*authority_, LinkEnd::caller, {.uris = {std::string(rest::manager_uri)}},
                   settings_.certificate_lifetime, now));
  LinkCredentials credentials;
  credentials.identity =
      TRY(net::ClientIdentity::create({.ca_pem = authority_->ca_pem(),
                                       .certificate_pem = caller.certificate_pem,
                                       .private_key_pem = caller.private_key_pem}));
  link_.use(std::move(credentials));
  return {};
}

void LinkEndpoint::renew() {
  constexpr std::chrono::seconds after_failure{5};
  std::chrono::milliseconds pause = settings_.certificate_lifetime * 2 / 3;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (called_.wait_for(lock, pause, [this] { return stopping_; })) return;
    }
    const Result<> shown = show_new_certificates();
    pause = shown ? settings_.certificate_lifetime * 2 / 3 : after_failure;
    if (!shown) log_error("the certificates stay as they were", {{"error", shown.error().text()}});
  }
}

}  // namespace gthulhu
