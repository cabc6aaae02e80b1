// SPDX-License-Identifier: Apache-2.0
#include "main/config/given_settings.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "adapters/system/files.h"
#include "base/text.h"
#include "main/config/config_key.h"
#include "main/config/toml_file.h"

namespace gthulhu {
namespace {

constexpr std::size_t largest_file = 1U << 20U;

struct WantedFile {
  std::string name;
  std::vector<std::string> directories;
  bool must_exist = false;
};

WantedFile wanted_file(const LoadOptions& options, const KnownNames& known) {
  const std::string prefix(known.variables);
  const std::string named = variable(options.environment, prefix + "CONFIG_NAME");
  const std::string placed = variable(options.environment, prefix + "CONFIG_DIR_PATH");
  const std::string& name = named.empty() ? options.config_name : named;
  const std::string& directory = placed.empty() ? options.config_directory : placed;

  WantedFile wanted;
  wanted.name = name.empty() ? std::string(known.file_name) : name;
  if (!directory.empty()) wanted.directories.push_back(directory);
  wanted.directories.insert(wanted.directories.end(), options.search_directories.begin(),
                            options.search_directories.end());
  const bool directory_counts = !placed.empty() || !options.directory_may_lack_file;
  wanted.must_exist = !name.empty() || (!directory.empty() && directory_counts);
  return wanted;
}

struct FoundFile {
  std::string path;
  std::string text;
};

// Nothing when there is none and none is needed.
Result<std::optional<FoundFile>> find_file(const WantedFile& wanted) {
  std::vector<std::string> names{wanted.name + ".toml"};
  if (wanted.name.ends_with(".toml")) names.push_back(wanted.name);
  for (const std::string& directory : wanted.directories) {
    for (const std::string& name : names) {
      const std::string path = (std::filesystem::path(directory) / name).string();
      auto text = read_file(path, largest_file);
      if (text) return FoundFile{path, std::move(*text)};
      if (text.error().code != Errc::not_found) {
        return std::move(text).error().in("read the configuration");
      }
    }
  }
  if (!wanted.must_exist) return std::nullopt;
  return Error{
      Errc::not_found,
      "there is no configuration file " + names.front() + " in " + join(wanted.directories, ", "),
      ""};
}

// Finds names for those that were misspelt.
class Speller {
 public:
  explicit Speller(const KnownNames& known) : known_(known) {
    for (const auto& key : known.keys) names_.push_back(key.name);
  }

  [[nodiscard]] bool knows(std::string_view name) const {
    return std::ranges::find(names_, name) != names_.end();
  }

  // Whether keys begin with it.
  [[nodiscard]] bool knows_section(std::string_view section) const {
    return !keys_of(section).empty();
  }

  [[nodiscard]] std::string unknown(const std::string& name) const {
    return name + ": this key is not known" + advice(name);
  }

 private:
  [[nodiscard]] std::vector<std::string> keys_of(std::string_view section) const {
    std::vector<std::string> keys;
    for (const std::string_view name : names_) {
      if (name.starts_with(std::string(section) + ".")) keys.emplace_back(name);
    }
    return keys;
  }

  [[nodiscard]] std::string advice(const std::string& name) const {
    if (knows_section(name)) return "; it is a section with " + join(keys_of(name), ", ");
    if (std::ranges::find(known_.other_keys, name) != known_.other_keys.end()) {
      return " here; it belongs into the " + std::string(known_.other_program) + "'s configuration";
    }
    if (const auto close = nearest(name, names_)) {
      return "; did you mean " + std::string(*close) + "?";
    }
    const auto dot = name.rfind('.');
    const std::string last = dot == std::string::npos ? name : name.substr(dot + 1);
    for (const std::string_view candidate : names_) {
      if (candidate == last || candidate.ends_with("." + last)) {
        return "; did you mean " + std::string(candidate) + "?";
      }
    }
    if (dot != std::string::npos && knows_section(name.substr(0, dot))) {
      return "; its section has " + join(keys_of(name.substr(0, dot)), ", ");
    }
    return "; docs/configuration.md lists the known ones";
  }

  const KnownNames& known_;
  std::vector<std::string_view> names_;
};

void take_file(const std::vector<TomlEntry>& entries,
               const Speller& speller,
               GivenSettings& given) {
  std::map<std::string_view, std::string_view> seen;
  for (const TomlEntry& entry : entries) {
    if (std::holds_alternative<GivenValue::EmptySection>(entry.value.value) &&
        speller.knows_section(entry.key)) {
      continue;
    }
    if (!speller.knows(entry.key)) {
      given.problems.push_back(entry.where + ": " + speller.unknown(entry.key));
      continue;
    }
    // TOML's own check of double keys does not see those that differ in capitals.
    const auto [first, added] = seen.emplace(entry.key, entry.where);
    if (!added) {
      given.problems.push_back(entry.where + ": " + entry.key + ": given before, at " +
                               std::string(first->second));
      continue;
    }
    given.assignments.push_back({entry.key, entry.where, entry.value});
  }
}

bool is_service_address(std::string_view value) {
  return value.starts_with("tcp://") || value.starts_with("udp://") || value.starts_with("sctp://");
}

// Kubernetes gives every container variables of this form for every service of its namespace, among
// them MANAGER_SERVICE_HOST for one with the name `manager`.
bool is_of_a_service(std::string_view name, std::string_view value) {
  if (is_service_address(value)) return true;
  for (const std::string_view mark : {"SERVICE_HOST", "SERVICE_PORT"}) {
    if (name.find(mark) != std::string_view::npos) return true;
  }
  // PORT_80_TCP_ADDR
  return ("_" + std::string(name)).find("_PORT_") != std::string::npos &&
         (name.ends_with("_ADDR") || name.ends_with("_PORT") || name.ends_with("_PROTO"));
}

void take_variable(const std::string& name,
                   std::string_view key,
                   const LoadOptions& options,
                   GivenSettings& given) {
  std::string value = variable(options.environment, name);
  if (trim(value).empty()) return;
  if (is_service_address(value)) {
    given.warnings.push_back(name +
                             " is not read: its value is what Kubernetes sets for a service");
    return;
  }
  given.assignments.push_back({std::string(key), name, {std::move(value), true}});
}

void take_environment(const LoadOptions& options, const KnownNames& known, GivenSettings& given) {
  const std::string prefix(known.variables);
  std::vector<std::string> names{prefix + "CONFIG_NAME", prefix + "CONFIG_DIR_PATH"};
  for (const auto& key : known.keys) {
    if (!key.plain_variable.empty()) {
      take_variable(std::string(key.plain_variable), key.name, options, given);
    }
    names.push_back(variable_name(prefix, key.name));
    take_variable(names.back(), key.name, options, given);
  }

  const std::vector<std::string_view> candidates(names.begin(), names.end());
  for (const auto& [name, value] : options.environment) {
    if (!name.starts_with(prefix) || std::ranges::find(names, name) != names.end()) continue;
    if (value.empty() || is_of_a_service(std::string_view(name).substr(prefix.size()), value)) {
      continue;
    }
    std::string warning = "the variable " + name + " is not known";
    if (const auto close = nearest(name, candidates)) {
      warning += "; did you mean " + std::string(*close) + "?";
    }
    given.warnings.push_back(std::move(warning));
  }
}

void take_flags(const LoadOptions& options, const Speller& speller, GivenSettings& given) {
  for (const auto& [name, value] : options.overrides) {
    const std::string key = to_lower(name);
    const std::string where = "command line";
    if (!speller.knows(key)) {
      given.problems.push_back(where + ": " + speller.unknown(key));
    } else if (trim(value).empty()) {
      given.problems.push_back(where + ": " + key + ": the value is empty");
    } else {
      given.assignments.push_back({key, where, {value, true}});
    }
  }
}

}  // namespace

Result<GivenSettings> gather_settings(const LoadOptions& options, const KnownNames& known) {
  GivenSettings given;
  const Speller speller(known);
  if (auto file = TRY(find_file(wanted_file(options, known)))) {
    take_file(TRY(parse_toml(file->text, file->path)), speller, given);
    given.file = std::move(file->path);
  }
  take_environment(options, known, given);
  take_flags(options, speller, given);
  return given;
}

}  // namespace gthulhu
