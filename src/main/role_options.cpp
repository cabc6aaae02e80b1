// SPDX-License-Identifier: Apache-2.0
#include "main/role_options.h"

#include <unistd.h>

#include <array>

#include "adapters/system/files.h"
#include "base/log.h"
#include "base/text.h"

namespace gthulhu {

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name.front() == '\0') return "localhost";
  return name.data();
}

}  // namespace

LoadOptions load_options(const ServerOptions& options,
                         const ServerOptions::Overrides& overrides,
                         const Environment& environment) {
  LoadOptions load;
  load.config_name = options.config_name;
  load.config_directory = options.config_directory;
  load.overrides = overrides;
  load.environment = environment;
  load.host_name = host_name();
  load.root = ::geteuid() == 0;
  return load;
}

Result<> begin_log(const LogSettings& settings,
                   const std::string& file,
                   const std::vector<std::string>& warnings) {
  TRY(log_to(settings));
  if (!file.empty()) log_info("configuration read", {{"file", file}});
  for (const std::string& warning : warnings) log_warning("configuration", {{"warning", warning}});
  return {};
}

Result<std::optional<std::string>> admin_password(const ServerOptions& options) {
  if (options.admin_password_file.empty()) return std::optional<std::string>{};
  const std::string text = TRY(read_file(options.admin_password_file, 4096));
  const std::string_view line = split(text, '\n').front();
  if (line.empty()) {
    return Error{
        Errc::invalid_argument,
        "--admin-password-file: the first line of " + options.admin_password_file + " is empty",
        ""};
  }
  return std::optional(std::string(line));
}

}  // namespace gthulhu
