// SPDX-License-Identifier: Apache-2.0
#include "net/tls_context.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/system/system_error.hpp>

#include "base/owned.h"

namespace gthulhu::net {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

using Bio = Owned<BIO, BIO_free_all>;
using Certificate = Owned<X509, X509_free>;

Error unusable(std::string_view part, const boost::system::error_code& failure) {
  return {Errc::invalid_argument, "TLS: " + std::string(part) + " cannot be used",
          failure.message()};
}

Bio reader_of(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// How many were added. Asio's own function stops silently at text that is no certificate.
Result<> trust(ssl::context& context, const std::string& pem, bool tell_clients) {
  const Bio reader = reader_of(pem);
  int added = 0;
  while (X509* raw = PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr)) {
    const Certificate certificate(raw);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.native_handle()), raw);
    if (tell_clients) SSL_CTX_add_client_CA(context.native_handle(), raw);
    ++added;
  }
  const auto failure = ERR_peek_last_error();
  const bool at_end = ERR_GET_REASON(failure) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (added > 0 && at_end) return {};
  return Error{Errc::invalid_argument, "TLS: the CA certificates cannot be used",
               added == 0 ? "no certificate in the text" : "a certificate is damaged"};
}

Result<> show(ssl::context& context, const std::string& chain, const std::string& key) {
  boost::system::error_code failed;
  context.use_certificate_chain(asio::buffer(chain), failed);
  if (failed) return unusable("the certificate", failed);
  context.use_private_key(asio::buffer(key), ssl::context::pem, failed);
  if (failed) return unusable("the private key (it must belong to the certificate)", failed);
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    ERR_clear_error();
    return unusable("the private key (it must belong to the certificate)", failed);
  }
  return {};
}

std::unique_ptr<ssl::context> bare_context(ssl::context::method method) {
  auto context = std::make_unique<ssl::context>(method);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // idle connections are the usual case
  return context;
}

std::string subject_of(const X509* certificate) {
  const Bio text(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

void free_names(GENERAL_NAMES* names) {
  GENERAL_NAMES_free(names);
}

void read_alternative_names(const X509* certificate, PeerCertificate* peer) {
  const Owned<GENERAL_NAMES, free_names> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_URI) continue;
    const ASN1_IA5STRING* raw =
        name->type == GEN_DNS ? name->d.dNSName : name->d.uniformResourceIdentifier;
    std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(raw)),
                     static_cast<std::size_t>(ASN1_STRING_length(raw)));
    if (text.find('\0') != std::string::npos) continue;  // made to be read as another name
    (name->type == GEN_DNS ? peer->dns_names : peer->uris).push_back(std::move(text));
  }
}

}  // namespace

Result<std::unique_ptr<TlsContext>> server_tls(const TlsSettings& settings) {
  try {
    auto context = bare_context(ssl::context::tls_server);
    TRY(show(*context, settings.certificate_pem, settings.private_key_pem));
    if (settings.client_ca_pem) {
      TRY(trust(*context, *settings.client_ca_pem, true));
      context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    }
    // No resumption: a session would outlive a change of the trusted CA.
    SSL_CTX_set_session_cache_mode(context->native_handle(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context->native_handle(), 0);
    return context;
  } catch (const boost::system::system_error& failure) {
    return Error{Errc::internal, "TLS cannot be set up", failure.what()};
  }
}

Result<std::unique_ptr<TlsContext>> client_tls(const ClientTls& settings) {
  try {
    auto context = bare_context(ssl::context::tls_client);
    if (settings.ca_pem.empty()) {
      context->set_default_verify_paths();
    } else {
      TRY(trust(*context, settings.ca_pem, false));
    }
    if (!settings.certificate_pem.empty()) {
      TRY(show(*context, settings.certificate_pem, settings.private_key_pem));
    }
    context->set_verify_mode(ssl::verify_peer);
    return context;
  } catch (const boost::system::system_error& failure) {
    return Error{Errc::internal, "TLS cannot be set up", failure.what()};
  }
}

bool has_uri(const X509* certificate, std::string_view uri) {
  PeerCertificate names;
  read_alternative_names(certificate, &names);
  return std::find(names.uris.begin(), names.uris.end(), uri) != names.uris.end();
}

std::shared_ptr<const PeerCertificate> peer_certificate(SSL* session) {
  const Certificate certificate(SSL_get1_peer_certificate(session));
  if (certificate == nullptr) return nullptr;
  auto peer = std::make_shared<PeerCertificate>();
  peer->subject = subject_of(certificate.get());
  read_alternative_names(certificate.get(), peer.get());
  return peer;
}

}  // namespace gthulhu::net
