// SPDX-License-Identifier: Apache-2.0
//
// One list of keys per program: what the loader takes, what docs/configuration.md and the samples
// in config/ must show (config_docs_test.cpp compares them).
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "main/config/given_value.h"
#include "main/config/settings.h"

namespace gthulhu {

// Accepted with any value, because files of the Go program have it.
struct NotRead {};

template <class Config, class Value>
using PlaceOf = Value& (*)(Config&);

// Where a key's value goes, which also says its type.
template <class Config>
using Place = std::variant<NotRead,
                           PlaceOf<Config, bool>,
                           PlaceOf<Config, std::string>,
                           PlaceOf<Config, Secret>,
                           PlaceOf<Config, NodeName>,
                           PlaceOf<Config, std::vector<std::string>>,
                           PlaceOf<Config, std::uint16_t>,
                           PlaceOf<Config, std::chrono::hours>,
                           PlaceOf<Config, std::chrono::seconds>,
                           PlaceOf<Config, LogLevel>,
                           PlaceOf<Config, StoreKind>,
                           PlaceOf<Config, EnforcerChoice>,
                           PlaceOf<Config, DiscoveryChoice>,
                           PlaceOf<Config, net::LoggedAnswers>,
                           PlaceOf<Config, net::ListenAddress>>;

template <class Config>
struct ConfigKey {
  std::string_view name;  // in lower case, sections joined by dots
  Place<Config> place;
  std::string_view standard;  // the default as the documentation writes it
  std::string_view meaning;   // one line for the documentation
  ValueRule rule{};
  std::string_view plain_variable{};  // read too, but the one with the program's prefix wins
};

std::span<const ConfigKey<ManagerConfig>> manager_keys();
std::span<const ConfigKey<AgentConfig>> agent_keys();

inline constexpr std::string_view manager_variables = "MANAGER_";
inline constexpr std::string_view agent_variables = "DM_";

// "MANAGER_KEY_CLIENT_ID" for "key.client_id".
std::string variable_name(std::string_view prefix, std::string_view key);

// What the documentation calls the key's type.
template <class Config>
std::string type_text(const ConfigKey<Config>& key) {
  const auto describe = [&key]<class Where>(Where) -> std::string {
    if constexpr (std::is_same_v<Where, NotRead>) {
      return "not read";
    } else {
      return describe_type<std::decay_t<std::invoke_result_t<Where, Config&>>>(key.rule);
    }
  };
  return std::visit(describe, key.place);
}

// Errc::invalid_argument as of read_value(); a blank text changes nothing where it may stand.
template <class Config>
Result<> put(const ConfigKey<Config>& key, const GivenValue& given, Config& config) {
  const auto store = [&]<class Where>(Where where) -> Result<> {
    if constexpr (!std::is_same_v<Where, NotRead>) {
      using Value = std::decay_t<std::invoke_result_t<Where, Config&>>;
      if (blank_means_default<Value> && is_blank(given)) return {};
      where(config) = TRY(read_value<Value>(given, key.rule));
    }
    return {};
  };
  return std::visit(store, key.place);
}

}  // namespace gthulhu
