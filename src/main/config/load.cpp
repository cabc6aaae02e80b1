// SPDX-License-Identifier: Apache-2.0
#include "main/config/load.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "main/config/config_key.h"
#include "main/config/given_settings.h"

namespace gthulhu {
namespace {

// Key → where its value came from, for keys that have one; places are for later errors.
using Origins = std::map<std::string, std::string, std::less<>>;

template <class Config>
struct Assembled {
  Loaded<Config> loaded;
  Origins origins;
  std::vector<std::string> problems;

  [[nodiscard]] bool has(std::string_view key) const { return origins.contains(key); }
  // "mtls.enable (dm_config.toml:3:1)"
  [[nodiscard]] std::string origin(std::string_view key) const {
    const auto found = origins.find(key);
    const std::string where = found == origins.end() ? "default" : found->second;
    return std::string(key) + " (" + where + ")";
  }
};

template <class Config>
std::vector<std::string_view> names_of(std::span<const ConfigKey<Config>> keys) {
  std::vector<std::string_view> names;
  for (const auto& key : keys) names.push_back(key.name);
  return names;
}

template <class Config>
std::vector<KnownNames::Key> known_keys(std::span<const ConfigKey<Config>> keys) {
  std::vector<KnownNames::Key> known;
  for (const auto& key : keys) known.push_back({key.name, key.plain_variable});
  return known;
}

template <class Config>
Result<Assembled<Config>> assemble(const LoadOptions& options,
                                   const KnownNames& known,
                                   std::span<const ConfigKey<Config>> keys) {
  GivenSettings given = TRY(gather_settings(options, known));
  Assembled<Config> made;
  made.loaded.file = std::move(given.file);
  made.loaded.warnings = std::move(given.warnings);
  made.problems = std::move(given.problems);
  for (const Assignment& assignment : given.assignments) {
    const auto key = std::ranges::find(keys, assignment.key, &ConfigKey<Config>::name);
    if (const auto done = put(*key, assignment.value, made.loaded.config); !done) {
      made.problems.push_back(assignment.where + ": " + assignment.key + ": " +
                              done.error().message);
    } else if (!is_blank(assignment.value)) {
      made.origins.insert_or_assign(assignment.key, assignment.where);
    }
  }
  if (made.has("logging.path") && !made.has("logging.file_path")) {
    made.loaded.warnings.push_back(made.origin("logging.path") +
                                   " is not read; logging.file_path names a file for the log");
  }
  return made;
}

template <class Config>
void check_tls(Assembled<Config>& made) {
  const MutualTlsSettings& tls = made.loaded.config.mtls;
  if (!tls.enable) return;
  const std::pair<std::string_view, bool> needed[] = {{"mtls.cert_pem", tls.cert_pem.empty()},
                                                      {"mtls.key_pem", tls.key_pem.empty()},
                                                      {"mtls.ca_pem", tls.ca_pem.empty()}};
  for (const auto& [key, missing] : needed) {
    if (!missing) continue;
    made.problems.push_back(made.origin("mtls.enable") + ": " + std::string(key) +
                            " is needed too, and not given");
  }
}

template <class Config>
void check_tls_files(Assembled<Config>& made) {
  const Config& config = made.loaded.config;
  for (const auto& [given, other] : {std::pair{"server.tls_cert_file", "server.tls_key_file"},
                                     std::pair{"server.tls_key_file", "server.tls_cert_file"}}) {
    if (!made.has(given) || made.has(other)) continue;
    made.problems.push_back(made.origin(given) + ": " + other + " is needed too, and not given");
  }
  if constexpr (std::is_same_v<Config, AgentConfig>) {
    if (config.tls.given() && config.mtls.enable) {
      made.problems.push_back(made.origin("server.tls_cert_file") +
                              ": mtls.enable brings a certificate of its own; give one of the two");
    }
  }
}

template <class Config>
void choose_data_directory(Assembled<Config>& made, const LoadOptions& options) {
  if (!made.loaded.config.data_dir.empty()) return;
  auto directory = default_data_directory(options.environment, options.root);
  if (directory) {
    made.loaded.config.data_dir = std::move(*directory);
  } else {
    made.problems.push_back(directory.error().message);
  }
}

template <class Config>
Result<> refuse_problems(const Assembled<Config>& made) {
  if (made.problems.empty()) return {};
  return Error{Errc::invalid_argument, join(made.problems, "\n"), ""};
}

// An absent `store` follows from what else is configured.
void choose_store(Assembled<ManagerConfig>& made) {
  ManagerConfig& config = made.loaded.config;
  if (made.has("store")) {
    config.store_reason = made.origin("store");
    return;
  }
  config.store_reason = "default";
  for (const auto& [key, where] : made.origins) {
    const bool speaks = key != "mongodb.ca_pem_enable" || config.mongodb.ca_pem_enable;
    if (!key.starts_with("mongodb.") || !speaks) continue;
    config.store = StoreKind::mongodb;
    config.store_reason = made.origin(key);
    return;
  }
}

void check_mongodb(Assembled<ManagerConfig>& made) {
  const ManagerConfig& config = made.loaded.config;
  if (config.store != StoreKind::mongodb) return;
  if (!config.mongodb.ca_pem_enable || !config.mongodb.ca_pem.empty()) return;
  made.problems.push_back(made.origin("mongodb.ca_pem_enable") +
                          ": mongodb.ca_pem is needed too, and not given");
}

// The one that the Go program's sample file has, which everybody knows.
constexpr std::string_view sample_password = "your-password-here";

Result<Assembled<ManagerConfig>> assemble_manager(const LoadOptions& options) {
  const KnownNames known{known_keys(manager_keys()), manager_variables, "manager_config",
                         names_of(agent_keys()), "decision maker"};
  auto made = TRY(assemble<ManagerConfig>(options, known, manager_keys()));
  choose_store(made);
  check_mongodb(made);
  check_tls(made);
  check_tls_files(made);
  if (made.loaded.config.account.admin_password.reveal() == sample_password) {
    made.loaded.warnings.push_back(made.origin("account.admin_password") +
                                   " is the published one of a sample file: change it");
  }
  return made;
}

Result<Assembled<AgentConfig>> assemble_agent(const LoadOptions& options) {
  const KnownNames known{known_keys(agent_keys()), agent_variables, "dm_config",
                         names_of(manager_keys()), "manager"};
  auto made = TRY(assemble<AgentConfig>(options, known, agent_keys()));
  check_tls(made);
  check_tls_files(made);
  AgentConfig& config = made.loaded.config;
  if (config.node.empty()) config.node = NodeName(options.host_name);
  if (config.node.empty()) {
    made.problems.emplace_back("node_name: this machine has no host name, so it must be given");
  }
  return made;
}

bool same_address(const net::ListenAddress& left, const net::ListenAddress& right) {
  if (left.port == 0 || left.port != right.port) return false;
  return left.host == right.host || left.host.empty() || right.host.empty();
}

}  // namespace

Result<Loaded<ManagerConfig>> load_manager_config(const LoadOptions& options) {
  auto made = TRY(assemble_manager(options));
  choose_data_directory(made, options);
  TRY(refuse_problems(made));
  return std::move(made.loaded);
}

Result<Loaded<AgentConfig>> load_agent_config(const LoadOptions& options) {
  auto made = TRY(assemble_agent(options));
  choose_data_directory(made, options);
  TRY(refuse_problems(made));
  return std::move(made.loaded);
}

Result<LoadedPair> load_standalone_config(
    const LoadOptions& options, const std::map<std::string, std::string>& agent_overrides) {
  LoadOptions manager_options = options;
  manager_options.directory_may_lack_file = true;
  LoadOptions agent_options = manager_options;
  agent_options.config_name.clear();
  agent_options.overrides = agent_overrides;

  auto manager = TRY(assemble_manager(manager_options));
  auto agent = TRY(assemble_agent(agent_options));
  if (!options.config_directory.empty() && manager.loaded.file.empty() &&
      agent.loaded.file.empty()) {
    return Error{Errc::not_found,
                 "there is neither manager_config.toml nor dm_config.toml in " +
                     options.config_directory + ", " + join(options.search_directories, ", "),
                 ""};
  }
  std::string& manager_directory = manager.loaded.config.data_dir;
  std::string& agent_directory = agent.loaded.config.data_dir;
  if (manager_directory.empty()) manager_directory = agent_directory;
  if (agent_directory.empty()) agent_directory = manager_directory;
  choose_data_directory(manager, options);
  choose_data_directory(agent, options);
  if (same_address(manager.loaded.config.listen, agent.loaded.config.listen)) {
    manager.problems.push_back("server.host: manager and decision maker cannot both listen at " +
                               agent.loaded.config.listen.text() +
                               "; give one of them another port, such as --manager-listen :8081");
  }
  std::ranges::move(agent.problems, std::back_inserter(manager.problems));
  TRY(refuse_problems(manager));
  return LoadedPair{std::move(manager.loaded), std::move(agent.loaded)};
}

Result<> check_store_exists(const ManagerConfig& config) {
  switch (config.store) {
    case StoreKind::sqlite: return {};
    case StoreKind::mongodb: break;
  }
  return Error{Errc::unsupported,
               "the MongoDB store, chosen by " + config.store_reason +
                   ", is not part of this version; start with --store sqlite (or set store = "
                   "\"sqlite\" or MANAGER_STORE=sqlite) to use the embedded store",
               ""};
}

Result<std::string> default_data_directory(const Environment& environment, bool root) {
  if (root) return std::string("/var/lib/gthulhu");
  // Relative paths in these variables are invalid and to be ignored, says the specification.
  const auto absolute = [&environment](std::string_view name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end() || !found->second.starts_with('/')) return std::nullopt;
    return found->second;
  };
  if (const auto state = absolute("XDG_STATE_HOME")) return *state + "/gthulhu";
  if (const auto home = absolute("HOME")) return *home + "/.local/state/gthulhu";
  return Error{Errc::invalid_argument,
               "data_dir: there is no default without a home directory; name one with --data-dir",
               ""};
}

}  // namespace gthulhu
