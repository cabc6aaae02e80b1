// SPDX-License-Identifier: Apache-2.0
//
// File, environment and flags become one checked struct per program. docs/configuration.md is the
// manual: keys, defaults, where files are looked for, precedence.
//
// Threads: all functions from anywhere; they keep no state.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/result.h"
#include "main/config/settings.h"

namespace gthulhu {

struct LoadOptions {
  std::string config_name;                       // as of -c; empty: not given
  std::string config_directory;                  // as of -d; empty: not given
  std::map<std::string, std::string> overrides;  // key → value of flags
  Environment environment;
  std::vector<std::string> search_directories = {"config", "/etc/gthulhu"};
  std::string host_name;  // of the machine; the default of `node_name`
  // The directory of -d serves two programs, and need not hold the file of this one.
  bool directory_may_lack_file = false;
  bool root = false;  // whether the program runs as root; decides the default of `data_dir`
};

template <class Config>
struct Loaded {
  Config config;
  std::string file;                   // that was read; empty: none
  std::vector<std::string> warnings;  // for the log, without secrets
};

// A flag wins over a variable, a variable over the file, the file over the default.
//
// Errc::not_found when a file was asked for, by name or directory, and is in none of the
// directories; Errc::unavailable when it cannot be read; Errc::too_large beyond 1 MiB;
// Errc::invalid_argument for everything that is wrong with keys and values, all of it at once, one
// line each: where (file:line:column, variable, or flags), key, what was expected. No text has a
// secret in it.
Result<Loaded<ManagerConfig>> load_manager_config(const LoadOptions& options);
Result<Loaded<AgentConfig>> load_agent_config(const LoadOptions& options);

struct LoadedPair {
  Loaded<ManagerConfig> manager;
  Loaded<AgentConfig> agent;
};

// Both, for one process: each with its own file, variables and flags. `options` are the manager's;
// a name of -c is that of the manager's file, while the directory of -d needs to hold one of the
// two. A data directory that only one of them names is that of both. Errc::invalid_argument also
// when both would listen at one address.
Result<LoadedPair> load_standalone_config(
    const LoadOptions& options, const std::map<std::string, std::string>& agent_overrides);

// Errc::unsupported, with the way out, for the MongoDB store, which this version lacks.
Result<> check_store_exists(const ManagerConfig& config);

// /var/lib/gthulhu for root; else $XDG_STATE_HOME/gthulhu, or ~/.local/state/gthulhu (XDG Base
// Directory Specification 0.8). Errc::invalid_argument when there is no home directory.
Result<std::string> default_data_directory(const Environment& environment, bool root);

}  // namespace gthulhu
