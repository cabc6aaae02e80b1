// SPDX-License-Identifier: Apache-2.0
#include "main/node_access.h"

#include <unistd.h>

#include <utility>

#include "adapters/crypto/jwt_tokens.h"
#include "adapters/system/files.h"
#include "adapters/system/system_clock.h"
#include "main/config/load.h"

namespace gthulhu {

namespace {

constexpr std::size_t key_bytes_max = 64 * 1024;
// For top() as long as anybody looks.
constexpr std::chrono::hours good_for{24};

Result<std::string> key_path(const SchedulerOptions& options, const Environment& environment) {
  if (!options.key_file.empty()) return options.key_file;
  const std::string directory =
      TRY(options.data_dir.empty() ? default_data_directory(environment, ::geteuid() == 0)
                                   : Result<std::string>(options.data_dir));
  return directory + "/decisionmaker.key";
}

}  // namespace

Result<ApiClient> client_of_node(const SchedulerOptions& options, const Environment& environment) {
  const std::string path = TRY(key_path(options, environment));
  const Result<std::string> pem = read_file(path, key_bytes_max);
  if (!pem) {
    return Error{pem.error().code,
                 "the decision maker's key cannot be read: name its --data-dir, or the key's own "
                 "file with --key-file",
                 pem.error().text()};
  }
  Result<RsaKey> key = RsaKey::parse_private(*pem);
  if (!key) return std::move(key).error().in(path);
  JwtAgentTokens tokens(*std::move(key), good_for);
  const IssuedToken issued = TRY(tokens.sign("gthulhu scheduler", SystemClock().now()));
  return ApiClient::open_node(options.server, issued.token, options.ca_file);
}

}  // namespace gthulhu
