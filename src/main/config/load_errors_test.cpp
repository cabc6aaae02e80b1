// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "main/config/config_files_for_test.h"
#include "main/config/load.h"

namespace gthulhu {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(LoadConfigErrors, an_unknown_key_is_refused_with_the_nearest_known_name) {
  const std::pair<const char*, const char*> cases[] = {
      {"[mongodb]\npasword = 'x'", "did you mean mongodb.password?"},
      {"[mongod]\nhost = 'x'", "did you mean mongodb.host?"},
      {"data-dir = 'x'", "did you mean data_dir?"},
      {"[key]\nacces_token_hours = 3", "did you mean key.access_token_hr?"},
      {"client_id = 'x'", "did you mean key.client_id?"},
      {"[server]\ncertificate = true", "its section has server.host"},
      {"server = ':8080'", "it is a section with server.host"},
      {"[token]\ntoken_duration_hr = 3", "belongs into the decision maker's configuration"},
      {"zzzzzzzzzzzz = 1", "docs/configuration.md lists the known ones"},
      {"[zzzzzzzzzzzz]", "docs/configuration.md lists the known ones"}};
  for (const auto& [text, advice] : cases) {
    EXPECT_THAT(refusal_of(text), AllOf(HasSubstr("this key is not known"), HasSubstr(advice)));
  }
}

TEST(LoadConfigErrors, an_error_names_file_line_key_and_what_was_expected) {
  const OneFile file("[key]\nclient_id = 'x'\naccess_token_hr = 'three'\n");
  EXPECT_EQ(refusal(file.options),
            file.at("3:1") + ": key.access_token_hr: expected whole hours, 1 to 24, not \"three\"");
  const OneFile section("[store]\nkind = 'sqlite'\n");
  EXPECT_THAT(refusal(section.options), StartsWith(section.at("2:1: store.kind: ")));
  const OneFile empty_section("[store]\n");
  EXPECT_EQ(refusal(empty_section.options),
            empty_section.at("1:2: store: expected sqlite or mongodb, not a section"));
}

TEST(LoadConfigErrors, an_error_of_a_variable_or_a_flag_names_it) {
  LoadOptions options = bare();
  options.environment = {{"MANAGER_LOGGING_CONSOLE", "maybe"}};
  options.overrides = {{"server.host", "8081"}, {"data_dir", ""}, {"stor", "sqlite"}};
  const std::string text = refusal(options);
  EXPECT_THAT(
      text,
      HasSubstr("MANAGER_LOGGING_CONSOLE: logging.console: expected true or false, not \"maybe\""));
  EXPECT_THAT(text, HasSubstr("command line: server.host: \"8081\" is not a listen address"));
  EXPECT_THAT(text, HasSubstr("command line: data_dir: the value is empty"));
  EXPECT_THAT(text, HasSubstr("command line: stor: this key is not known; did you mean store?"));
}

TEST(LoadConfigErrors, all_problems_are_told_at_once_in_the_order_of_the_file) {
  const OneFile file("zzz = 1\n[server]\nhost = 1\n[key]\naccess_token_hr = 0\n");
  const std::string text = refusal(file.options);
  const auto first = text.find(file.at("1:1"));
  const auto second = text.find(file.at("3:1"));
  const auto third = text.find(file.at("5:1"));
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos);
}

TEST(LoadConfigErrors, no_error_or_warning_repeats_a_secret) {
  OneFile file(
      "[key]\nrsa_private_key_pem = 'hunter2'\nprevious_public_keys_pem = ['hunter2']\n"
      "[mongodb]\npassword = ['hunter2']\npasword = 'hunter2'\n[mtls]\nkey_pem = 'hunter2'\n"
      "[account]\nadmin_password = { hunter2 = 1 }\n");
  file.options.environment = {{"MANAGER_KEY_RSA_PRIVATE_KEY_PEM", "hunter2"},
                              {"MANAGER_MONGODB_PASWORD", "hunter2"}};
  file.options.overrides = {{"key.rsa_private_key_pem", "hunter2"}};
  std::string text = refusal(file.options);
  EXPECT_GE(std::ranges::count(text, '\n'), 7);
  // The one place where it stands for a key.
  const auto key = text.find("account.admin_password.hunter2");
  ASSERT_NE(key, std::string::npos);
  text.erase(key, std::string_view("account.admin_password.hunter2").size());
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

TEST(LoadConfigErrors, a_variable_that_is_not_known_is_a_warning_with_the_nearest_name) {
  LoadOptions options = bare();
  options.environment = {{"MANAGER_SERVER_HOSTS", "x"},
                         {"MANAGER_QQQQQQQQQQQQQQ", "x"},
                         {"MANAGER_EMPTY", ""},
                         {"DM_SERVER_HOSTS", "x"},
                         {"OTHER", "x"},
                         {"MANAGER_CONFIG_NAME", ""}};
  const auto loaded = load_manager_config(options);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_THAT(
      loaded->warnings,
      ElementsAre(
          "the variable MANAGER_QQQQQQQQQQQQQQ is not known",
          "the variable MANAGER_SERVER_HOSTS is not known; did you mean MANAGER_SERVER_HOST?"));
  EXPECT_EQ(loaded->config.listen.text(), ":8081");
}

TEST(LoadConfigErrors, the_variables_of_kubernetes_services_are_none_of_ours) {
  LoadOptions options = bare();
  options.environment = {{"MANAGER_SERVICE_HOST", "10.0.0.1"},
                         {"MANAGER_SERVICE_PORT", "80"},
                         {"MANAGER_SERVICE_PORT_HTTP", "80"},
                         {"MANAGER_PORT", "tcp://10.0.0.1:80"},
                         {"MANAGER_PORT_80_TCP", "tcp://10.0.0.1:80"},
                         {"MANAGER_PORT_80_TCP_ADDR", "10.0.0.1"},
                         {"MANAGER_PORT_80_TCP_PROTO", "tcp"},
                         {"MANAGER_MONGODB_SERVICE_HOST", "10.0.0.2"},
                         {"MANAGER_MONGODB_PORT", "tcp://10.0.0.2:27017"}};
  const auto loaded = load_manager_config(options);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->config.store, StoreKind::sqlite);
  EXPECT_THAT(loaded->warnings, ElementsAre(StartsWith("MANAGER_MONGODB_PORT is not read")));
}

TEST(LoadConfigErrors, the_missing_store_is_refused_with_the_way_out) {
  OneFile file("[mongodb]\nhost = 'h'\npassword = 'hunter2'\n");
  const auto refused = check_store_exists(load_manager_config(file.options)->config);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unsupported);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr(file.at("2:1")), HasSubstr("--store sqlite"),
                    HasSubstr("MANAGER_STORE=sqlite"), Not(HasSubstr("hunter2"))));

  file.options.overrides = {{"store", "sqlite"}};
  EXPECT_TRUE(check_store_exists(load_manager_config(file.options)->config));
  file.options.overrides.clear();
  file.options.environment = {{"MANAGER_STORE", "sqlite"}};
  EXPECT_TRUE(check_store_exists(load_manager_config(file.options)->config));
}

TEST(LoadConfigErrors, mutual_tls_needs_all_its_parts) {
  const OneFile file("[mtls]\nenable = true\ncert_pem = '''" + std::string(some_certificate_pem) +
                     "'''\n");
  EXPECT_EQ(refusal(file.options),
            "mtls.enable (" + file.at("2:1") + "): mtls.key_pem is needed too, and not given\n" +
                "mtls.enable (" + file.at("2:1") + "): mtls.ca_pem is needed too, and not given");
  LoadOptions agent = bare();
  agent.environment = {{"DM_MTLS_ENABLE", "true"},
                       {"DM_MTLS_CERT_PEM", some_certificate_pem},
                       {"DM_MTLS_CA_PEM", some_certificate_pem}};
  ASSERT_FALSE(load_agent_config(agent));
  EXPECT_EQ(load_agent_config(agent).error().message,
            "mtls.enable (DM_MTLS_ENABLE): mtls.key_pem is needed too, and not given");
  agent.environment["DM_MTLS_KEY_PEM"] = some_private_pem;
  EXPECT_TRUE(load_agent_config(agent));
}

TEST(LoadConfigErrors, tls_files_come_in_pairs_and_not_beside_mutual_tls) {
  const OneFile file("[server]\ntls_cert_file = '/a.crt'\n");
  EXPECT_EQ(refusal(file.options), "server.tls_cert_file (" + file.at("2:1") +
                                       "): server.tls_key_file is needed too, and not given");
  LoadOptions agent = bare();
  agent.environment = {{"DM_SERVER_TLS_CERT_FILE", "/a.crt"}, {"DM_SERVER_TLS_KEY_FILE", "/a.key"}};
  EXPECT_TRUE(load_agent_config(agent));
  agent.environment.insert({{"DM_MTLS_ENABLE", "true"},
                            {"DM_MTLS_CERT_PEM", some_certificate_pem},
                            {"DM_MTLS_KEY_PEM", some_private_pem},
                            {"DM_MTLS_CA_PEM", some_certificate_pem}});
  ASSERT_FALSE(load_agent_config(agent));
  EXPECT_EQ(load_agent_config(agent).error().message,
            "server.tls_cert_file (DM_SERVER_TLS_CERT_FILE): mtls.enable brings a certificate of "
            "its own; give one of the two");
}

TEST(LoadConfigErrors, tls_to_mongodb_needs_its_authority) {
  EXPECT_THAT(refusal_of("mongodb.ca_pem_enable = true"), HasSubstr("mongodb.ca_pem is needed"));
  EXPECT_TRUE(
      load_manager_config(OneFile("store = 'sqlite'\nmongodb.ca_pem_enable = true").options));
}

}  // namespace
}  // namespace gthulhu
