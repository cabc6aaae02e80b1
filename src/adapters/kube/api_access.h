// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "net/client.h"

namespace gthulhu {

// Where a cluster's API server is, and who we are there. No error says anything of a credential's
// content. Threads: all functions from anywhere; while a plugin runs, all but description() wait.
class ApiAccess {
 public:
  virtual ~ApiAccess() = default;

  // What the next connection is made with. Certificates and CA files are read again each time, as
  // they are renewed now and then; so a connection should not be kept for days.
  // Errc::not_found or Errc::unavailable with the file that cannot be read; errors of a plugin as
  // of credentials().
  virtual Result<net::ClientSettings> connection() = 0;

  // The header fields that a request needs now: Authorization, Impersonate-*. A token file is read
  // again once a minute; an exec plugin runs, for up to a minute, when there is no credential yet
  // or it expires within a minute.
  // Errc::unavailable, Errc::timeout or Errc::corrupt when there is no credential to be had;
  // `detail` has what a plugin complained of.
  virtual Result<net::Headers> credentials() = 0;

  // The server said 401: what is remembered of tokens and plugins is thrown away. Certificates of a
  // plugin change with the next connection().
  virtual void refused() = 0;

  // For people: "context admin@kind of /root/.kube/config", "service account of this pod".
  [[nodiscard]] virtual std::string description() const = 0;
};

}  // namespace gthulhu
