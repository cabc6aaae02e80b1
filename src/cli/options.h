// SPDX-License-Identifier: Apache-2.0
//
// What the client commands are asked to do. main/command_line.cpp fills these in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gthulhu {

enum class OutputFormat : std::uint8_t { table, json };

struct LoginOptions {
  std::string server = "http://127.0.0.1:8081";
  std::string username = "admin@localhost";
  std::string password_file;      // "-": standard input; empty: ask
  std::string new_password_file;  // for an account that must change its password; likewise
};

struct StrategyCreateOptions {
  std::string file;  // a JSON body; the other fields are then not used. "-": standard input
  std::string strategy_namespace;
  std::vector<std::string> labels;  // KEY=VALUE, or KEY alone: the label exists
  std::vector<std::string> namespaces;
  std::vector<std::string> cgroup_paths;
  std::string command;
  std::string command_match = "comm";
  std::int64_t priority = 0;
  std::string slice = "0";  // with a unit: 2ms
  std::int64_t rank = 0;
  std::string name;
  std::string description;
  std::vector<std::string> excluded_namespaces;
  std::string container;
  bool includes_protected = false;
  bool confirms_all = false;
  OutputFormat output = OutputFormat::table;
};

struct StrategyDeleteOptions {
  std::vector<std::string> ids;
};

// Our scheduler in the kernel of this node.
struct SchedulerOptions {
  enum class Action : std::uint8_t { status, dump, top, stop, reset };

  Action action = Action::status;
  std::string server = "http://127.0.0.1:8080";  // the decision maker
  std::string data_dir;                          // of the decision maker; empty: the default
  std::string key_file;                          // empty: the decision maker's own, in data_dir
  std::string ca_file;                           // empty: what the system trusts
  bool once = false;                             // top: one look
  OutputFormat output = OutputFormat::table;
};

struct ListOptions {
  OutputFormat output = OutputFormat::table;
};

}  // namespace gthulhu
