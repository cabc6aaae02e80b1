// SPDX-License-Identifier: Apache-2.0
//
// docs/configuration.md and the samples in config/ show exactly the keys that there are.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "base/text.h"
#include "main/config/config_files_for_test.h"
#include "main/config/config_key.h"
#include "main/config/load.h"

namespace gthulhu {
namespace {

std::string file_of_the_project(const std::string& name) {
  std::ifstream file(std::string(GTHULHU_SOURCE_DIR) + "/" + name);
  EXPECT_TRUE(file) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

template <class Config>
std::string table_of(std::span<const ConfigKey<Config>> keys, std::string_view prefix) {
  std::string table = "| key | type | default | variable | meaning |\n|---|---|---|---|---|\n";
  for (const auto& key : keys) {
    table += "| `" + std::string(key.name) + "` | " + type_text(key) + " | ";
    if (!key.standard.empty()) table += "`" + std::string(key.standard) + "`";
    table += " | `" + variable_name(prefix, key.name) + "`";
    if (!key.plain_variable.empty()) table += ", `" + std::string(key.plain_variable) + "`";
    table += " | " + std::string(key.meaning) + " |\n";
  }
  return table;
}

// The table between the heading and the next text.
std::string table_below(const std::string& document, const std::string& heading) {
  const auto start = document.find("\n" + heading + "\n");
  EXPECT_NE(start, std::string::npos) << heading;
  const auto table = document.find("\n| key ", start);
  const auto end = document.find("\n\n", table);
  if (start == std::string::npos || table == std::string::npos) return "";
  return document.substr(table + 1, end == std::string::npos ? end : end - table);
}

TEST(ConfigurationDocument, has_the_table_of_the_managers_keys) {
  EXPECT_EQ(table_below(file_of_the_project("docs/configuration.md"), "## Keys of the manager"),
            table_of(manager_keys(), manager_variables));
}

TEST(ConfigurationDocument, has_the_table_of_the_decision_makers_keys) {
  EXPECT_EQ(
      table_below(file_of_the_project("docs/configuration.md"), "## Keys of the decision maker"),
      table_of(agent_keys(), agent_variables));
}

template <class Config>
void expect_sound(std::span<const ConfigKey<Config>> keys, std::string_view prefix) {
  std::set<std::string> variables{variable_name(prefix, "config_name"),
                                  variable_name(prefix, "config_dir_path")};
  for (const auto& key : keys) {
    EXPECT_EQ(key.name, to_lower(key.name));
    EXPECT_FALSE(key.meaning.empty()) << key.name;
    EXPECT_TRUE(variables.insert(variable_name(prefix, key.name)).second) << key.name;
  }
}

TEST(ConfigurationKeys, have_each_a_variable_of_its_own) {
  expect_sound(manager_keys(), manager_variables);
  expect_sound(agent_keys(), agent_variables);
}

template <class Config>
void expect_own_places(std::span<const ConfigKey<Config>> keys) {
  Config config;
  std::set<const void*> places;
  for (const auto& key : keys) {
    const auto address = [&config]<class Where>(Where where) -> const void* {
      if constexpr (std::is_same_v<Where, NotRead>) {
        return nullptr;
      } else {
        return &where(config);
      }
    };
    const void* place = std::visit(address, key.place);
    if (place != nullptr) EXPECT_TRUE(places.insert(place).second) << key.name;
  }
}

TEST(ConfigurationKeys, have_each_a_place_of_its_own) {
  expect_own_places(manager_keys());
  expect_own_places(agent_keys());
}

template <class Config>
std::map<std::string, std::string> standards(std::span<const ConfigKey<Config>> keys) {
  std::map<std::string, std::string> values;
  for (const auto& key : keys) {
    if (!key.standard.empty()) values.emplace(key.name, key.standard);
  }
  return values;
}

bool same(const LogSettings& left, const LogSettings& right) {
  return left.level == right.level && left.console == right.console &&
         left.file_path == right.file_path;
}

void expect_same(const ManagerConfig& left, const ManagerConfig& right) {
  EXPECT_EQ(left.listen, right.listen);
  EXPECT_TRUE(same(left.logging, right.logging));
  EXPECT_EQ(left.data_dir, right.data_dir);
  EXPECT_TRUE(left.mongodb == right.mongodb);
  EXPECT_TRUE(left.key == right.key);
  EXPECT_TRUE(left.account == right.account);
  EXPECT_TRUE(left.k8s == right.k8s);
  EXPECT_TRUE(left.mtls == right.mtls);
  EXPECT_EQ(left.allow_demo_keys, right.allow_demo_keys);
}

void expect_same(const AgentConfig& left, const AgentConfig& right) {
  EXPECT_EQ(left.listen, right.listen);
  EXPECT_TRUE(same(left.logging, right.logging));
  EXPECT_EQ(left.data_dir, right.data_dir);
  EXPECT_TRUE(left.token == right.token);
  EXPECT_TRUE(left.mtls == right.mtls);
  EXPECT_EQ(left.orphan_after, right.orphan_after);
  EXPECT_TRUE(left.scheduler == right.scheduler);
  EXPECT_TRUE(left.enforcer == right.enforcer);
  EXPECT_EQ(left.node, right.node);
  EXPECT_EQ(left.machine_id, right.machine_id);
  EXPECT_EQ(left.allow_demo_keys, right.allow_demo_keys);
}

TEST(ConfigurationKeys, name_the_real_defaults) {
  LoadOptions options = bare();
  options.overrides = standards(manager_keys());
  const auto manager = load_manager_config(options);
  ASSERT_TRUE(manager) << manager.error().text();
  expect_same(manager->config, load_manager_config(bare())->config);

  options.overrides = standards(agent_keys());
  const auto agent = load_agent_config(options);
  ASSERT_TRUE(agent) << agent.error().text();
  expect_same(agent->config, load_agent_config(bare())->config);
}

// Takes the # from lines that show a key, not from prose, which has a blank after it.
std::string with_every_key(const std::string& sample) {
  std::string text;
  for (const std::string_view line : split(sample, '\n')) {
    const bool shows = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    text += std::string(shows ? line.substr(1) : line) + "\n";
  }
  return text;
}

// The keys of a text whose every key stands at the beginning of a line.
std::set<std::string> keys_in(const std::string& text) {
  static const std::regex section(R"(\[([a-z0-9_]+)\])");
  static const std::regex key(R"(([a-z0-9_]+) = .*)");
  std::set<std::string> keys;
  std::string prefix;
  for (const std::string_view part : split(text, '\n')) {
    const std::string line(part);
    std::smatch match;
    if (std::regex_match(line, match, section)) prefix = match[1].str() + ".";
    if (std::regex_match(line, match, key)) {
      EXPECT_TRUE(keys.insert(prefix + match[1].str()).second) << line;
    }
  }
  return keys;
}

template <class Config>
std::set<std::string> names_of(std::span<const ConfigKey<Config>> keys) {
  std::set<std::string> names;
  for (const auto& key : keys) names.emplace(key.name);
  return names;
}

TEST(SampleConfiguration, of_the_manager_changes_nothing_as_it_is) {
  LoadOptions options = bare();
  options.config_directory = std::string(GTHULHU_SOURCE_DIR) + "/config";
  const auto loaded = load_manager_config(options);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_FALSE(loaded->file.empty());
  EXPECT_TRUE(loaded->warnings.empty());
  EXPECT_EQ(loaded->config.store, StoreKind::sqlite);
  expect_same(loaded->config, load_manager_config(bare())->config);
}

TEST(SampleConfiguration, of_the_decision_maker_changes_nothing_as_it_is) {
  LoadOptions options = bare();
  options.config_directory = std::string(GTHULHU_SOURCE_DIR) + "/config";
  const auto loaded = load_agent_config(options);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_FALSE(loaded->file.empty());
  EXPECT_TRUE(loaded->warnings.empty());
  expect_same(loaded->config, load_agent_config(bare())->config);
}

TEST(SampleConfiguration, of_the_manager_shows_every_key_with_a_value_that_is_accepted) {
  const std::string text = with_every_key(file_of_the_project("config/manager_config.toml"));
  EXPECT_EQ(keys_in(text), names_of(manager_keys()));
  const ConfigFiles files;
  files.write("manager_config.toml", text);
  LoadOptions options = bare();
  options.config_directory = files.root();
  const auto loaded = load_manager_config(options);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_FALSE(loaded->config.key.rsa_private_key_pem.empty());
}

TEST(SampleConfiguration, of_the_decision_maker_shows_every_key_with_a_value_that_is_accepted) {
  const std::string text = with_every_key(file_of_the_project("config/dm_config.toml"));
  EXPECT_EQ(keys_in(text), names_of(agent_keys()));
  const ConfigFiles files;
  files.write("dm_config.toml", text);
  LoadOptions options = bare();
  options.config_directory = files.root();
  const auto loaded = load_agent_config(options);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->config.node, NodeName("worker-1"));
}

// Whoever uncomments a default changes nothing: what the samples show is what the keys say.
TEST(SampleConfiguration, shows_the_defaults_where_there_are_any) {
  const auto shown = [](const std::string& file, std::string_view key) {
    const std::string text = with_every_key(file_of_the_project(file));
    const auto dot = key.find('.');
    const std::string section =
        dot == std::string_view::npos ? "" : "[" + std::string(key.substr(0, dot)) + "]\n";
    const std::string line = "\n" + std::string(key.substr(dot + 1)) + " = ";
    const auto begin = text.find(line, section.empty() ? 0 : text.find(section));
    const auto value = begin + line.size();
    std::string found = text.substr(value, text.find('\n', value) - value);
    std::erase(found, '"');
    return found;
  };
  for (const auto& [key, value] : standards(manager_keys())) {
    EXPECT_EQ(shown("config/manager_config.toml", key), value) << key;
  }
  for (const auto& [key, value] : standards(agent_keys())) {
    EXPECT_EQ(shown("config/dm_config.toml", key), value) << key;
  }
}

}  // namespace
}  // namespace gthulhu
