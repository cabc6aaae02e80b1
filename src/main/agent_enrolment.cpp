// SPDX-License-Identifier: Apache-2.0
#include "main/agent_enrolment.h"

#include <algorithm>

#include "adapters/crypto/certificate_request.h"
#include "adapters/crypto/link_authority.h"
#include "adapters/system/files.h"
#include "base/log.h"
#include "base/text.h"
#include "core/sync/backoff.h"
#include "net/client.h"
#include "net/client_identity.h"
#include "wire/enrolment_json.h"
#include "wire/envelope.h"

namespace gthulhu {

namespace {

constexpr std::size_t pem_bytes_max = 64UL * 1024;
constexpr std::chrono::seconds patience{10};

Result<std::string> own_key(const std::string& path) {
  Result<std::string> kept = read_file(path, pem_bytes_max);
  if (kept || kept.error().code != Errc::not_found) return kept;
  std::string made = TRY(make_link_key());
  TRY(write_file(path, made));
  return made;
}

std::chrono::milliseconds until_renewal(TimePoint expires, TimePoint now) {
  const auto left = std::max(expires - now, TimePoint::duration{0});
  return std::max<std::chrono::milliseconds>(left * 2 / 3, std::chrono::seconds{1});
}

}  // namespace

Result<std::unique_ptr<AgentEnrolment>> AgentEnrolment::open(EnrolmentSettings settings,
                                                             Parts parts) {
  auto url = net::parse_server_url(settings.url);
  if (!url) return std::move(url).error().in("manager.url");
  if (!url->tls) {
    return Error{Errc::invalid_argument,
                 "manager.url must begin with https://: the token of the pod goes there", ""};
  }
  const auto trusted = net::ClientIdentity::create({.ca_file = settings.ca_file});
  if (!trusted) return Error(trusted.error()).in("manager.ca_file");
  std::string key = TRY(own_key(parts.data_dir + "/link.key"));
  std::unique_ptr<AgentEnrolment> made(
      new AgentEnrolment(std::move(settings), std::move(parts), std::move(key)));
  TRY(made->begin());
  return made;
}

Result<net::TlsSettings> AgentEnrolment::with_ca(std::string certificate_pem,
                                                 std::string key_pem) const {
  auto ca = read_file(settings_.ca_file, pem_bytes_max);
  if (!ca) return std::move(ca).error().in("manager.ca_file");
  return net::TlsSettings{std::move(certificate_pem), std::move(key_pem), std::move(*ca)};
}

Result<> AgentEnrolment::begin() {
  const TimePoint now = parts_.clock.now();
  const auto kept = read_file(parts_.data_dir + "/link.crt", pem_bytes_max);
  const auto end = kept ? certificate_end(*kept) : Result<TimePoint>(kept.error());
  // One of another key could not be served with. One of another authority or node can: it is good
  // for nothing, and replaced as soon as the manager gives another.
  if (end && *end > now &&
      net::ClientIdentity::create(
          {.ca_file = settings_.ca_file, .certificate_pem = *kept, .private_key_pem = key_pem_})) {
    initial_ = TRY(with_ca(*kept, key_pem_));
    return {};
  }
  const LinkAuthority::Pair nobodys = TRY(LinkAuthority::make(parts_.random, now));
  initial_ = TRY(with_ca(nobodys.certificate_pem, nobodys.key_pem));
  return {};
}

void AgentEnrolment::start(Use use) {
  thread_ = std::thread([this, use = std::move(use)] { run(use); });
}

void AgentEnrolment::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  called_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void AgentEnrolment::run(const Use& use) {
  std::chrono::milliseconds pause{0};
  int failures = 0;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (called_.wait_for(lock, pause, [this] { return stopping_; })) return;
    }
    const auto next = enrol(use);
    if (next) {
      failures = 0;
      pause = *next;
      log_info("certificate of the node link", {{"renewal_in_ms", pause.count()}});
      continue;
    }
    ++failures;
    const MonotonicTime now = parts_.clock.monotonic();
    pause = std::chrono::duration_cast<std::chrono::milliseconds>(
        next_try(now, failures, parts_.random.draw()) - now);
    log_warning("no certificate from the manager",
                {{"error", next.error().text()}, {"failures", failures}});
  }
}

Result<std::chrono::milliseconds> AgentEnrolment::enrol(const Use& use) {
  auto token = read_file(settings_.token_file, pem_bytes_max);
  if (!token) return std::move(token).error().in("manager.token_file");
  net::ClientSettings settings;
  settings.url = settings_.url;
  settings.ca_file = settings_.ca_file;
  settings.limits.body_bytes = pem_bytes_max;
  const auto client = TRY(net::Client::create(settings));
  const std::string request = TRY(make_certificate_request(key_pem_));
  const wire::Value body = wire::encode_enrolment_request({std::string(trim(*token)), request});
  const net::Response response =
      TRY(client->send({.method = "POST",
                        .target = "/api/v1/node-certificates",
                        .headers = {{"Content-Type", "application/json"}},
                        .body = wire::to_text(body)},
                       patience));
  const wire::Envelope envelope = TRY(wire::parse_envelope(response.body));
  if (response.status != 200) {
    return Error{Errc::unavailable,
                 "the manager answers " + std::to_string(response.status) + ": " + envelope.error,
                 ""};
  }
  const wire::EnrolmentAnswer answer = TRY(wire::decode_enrolment_answer(envelope.data));
  if (answer.node != parts_.node) {
    return Error{Errc::invalid_argument,
                 "the cluster says that this pod runs on node " + answer.node.str() +
                     ", but node_name is " + parts_.node.str(),
                 ""};
  }
  const net::TlsSettings tls = TRY(with_ca(answer.certificate, key_pem_));
  TRY(use(tls));
  TRY(write_file(parts_.data_dir + "/link.crt", answer.certificate));
  return until_renewal(answer.expires, parts_.clock.now());
}

}  // namespace gthulhu
