// SPDX-License-Identifier: Apache-2.0
#include "net/client_identity.h"

#include <fstream>
#include <iterator>

namespace gthulhu::net {
namespace {

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) {
    return Error{Errc::invalid_argument, "the CA file " + path + " cannot be read", ""};
  }
  // Nothing would mean the roots of the system.
  if (text.empty()) return Error{Errc::invalid_argument, "the CA file " + path + " is empty", ""};
  return text;
}

}  // namespace

Result<std::shared_ptr<const ClientIdentity>> ClientIdentity::create(Sources sources) {
  if (!sources.ca_file.empty()) sources.ca_pem = TRY(read_file(sources.ca_file));
  auto tls = TRY(client_tls({.ca_pem = std::move(sources.ca_pem),
                             .certificate_pem = std::move(sources.certificate_pem),
                             .private_key_pem = std::move(sources.private_key_pem)}));
  return std::shared_ptr<const ClientIdentity>(new ClientIdentity(std::move(tls)));
}

}  // namespace gthulhu::net
