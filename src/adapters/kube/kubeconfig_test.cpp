// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/kubeconfig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "adapters/kube/test_ground.h"
#include "base/base64.h"

namespace gthulhu {
namespace {

struct Kubeconfig : testing::Test {
  // With these fields of the cluster and the user, each a line of its own.
  Result<KubeContext> read(const std::string& cluster, const std::string& user = "") const {
    const std::string path =
        ground.write("config",
                     "current-context: admin@kind\n"
                     "contexts: [{name: admin@kind, context: {cluster: kind, user: admin}}]\n"
                     "clusters:\n- name: kind\n  cluster:\n" +
                         indented(cluster) + "users:\n- name: admin\n  user:\n" + indented(user));
    return read_kubeconfig({.path = path});
  }

  Result<KubeContext> read_user(const std::string& user) const {
    return read("server: https://10.0.0.1:6443", user);
  }

  // Without the file's path in front.
  std::string refusal(const Result<KubeContext>& read) const {
    const Error error = error_of(read);
    EXPECT_EQ(error.code, Errc::invalid_argument);
    const std::string start = ground.file("config") + ": ";
    EXPECT_TRUE(error.message.starts_with(start)) << error.message;
    EXPECT_EQ(error.text().find("hush"), std::string::npos) << error.text();
    return error.message.substr(std::min(start.size(), error.message.size()));
  }

  static std::string indented(const std::string& lines) {
    std::string text;
    std::istringstream stream(lines);
    for (std::string line; std::getline(stream, line);) text += "    " + line + "\n";
    return text;
  }

  KubeGround ground;
};

TEST_F(Kubeconfig, says_where_the_server_is_and_who_we_are) {
  const std::string pem = "-----BEGIN CERTIFICATE-----\n";
  const KubeContext context =
      value_of(read("server: https://10.0.0.1:6443\ntls-server-name: kube.example\n"
                    "proxy-url: socks5://127.0.0.1:1080\ncertificate-authority-data: " +
                        encode_padded_base64(pem),
                    "token: abc"));
  EXPECT_EQ(context.name, "admin@kind");
  EXPECT_EQ(context.cluster.server, "https://10.0.0.1:6443");
  EXPECT_EQ(context.cluster.tls_server_name, "kube.example");
  EXPECT_EQ(context.cluster.proxy_url, "socks5://127.0.0.1:1080");
  EXPECT_EQ(context.cluster.authority.text, pem);
  EXPECT_EQ(context.user.name, "admin");
  EXPECT_EQ(context.user.token, "abc");
}

TEST_F(Kubeconfig, a_relative_path_is_relative_to_the_file) {
  const KubeContext context =
      value_of(read("server: https://a\ncertificate-authority: pki/ca.crt",
                    "client-certificate: ../me.crt\nclient-key: me.key\ntokenFile: token\n"
                    "exec: {apiVersion: client.authentication.k8s.io/v1, command: bin/plugin}"));
  EXPECT_EQ(context.cluster.authority.file, ground.file("pki/ca.crt"));
  EXPECT_EQ(context.user.certificate.file, ground.file("../me.crt"));
  EXPECT_EQ(context.user.key.file, ground.file("me.key"));
  EXPECT_EQ(context.user.token_file, ground.file("token"));
  EXPECT_EQ(context.user.exec.value().command, ground.file("bin/plugin"));
}

TEST_F(Kubeconfig, an_absolute_path_stays_and_a_bare_command_is_for_the_path) {
  const KubeContext context =
      value_of(read("server: https://a\ncertificate-authority: /pki/ca.crt",
                    "tokenFile: /run/token\n"
                    "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: plugin}"));
  EXPECT_EQ(context.cluster.authority.file, "/pki/ca.crt");
  EXPECT_EQ(context.user.token_file, "/run/token");
  EXPECT_EQ(context.user.exec.value().command, "plugin");
}

TEST_F(Kubeconfig, data_wins_over_a_file) {
  const KubeContext context =
      value_of(read("server: https://a\ncertificate-authority: f\ncertificate-authority-data: Zm9v",
                    "client-certificate: f\nclient-certificate-data: Zm9v\n"
                    "client-key: f\nclient-key-data: Zm9vYg=="));
  EXPECT_EQ(context.cluster.authority.text, "foo");
  EXPECT_EQ(context.cluster.authority.file, "");
  EXPECT_EQ(context.user.certificate.text, "foo");
  EXPECT_EQ(context.user.key.text, "foob");
  EXPECT_EQ(context.user.key.file, "");
}

TEST_F(Kubeconfig, data_may_have_several_lines) {
  EXPECT_EQ(value_of(read("server: https://a\ncertificate-authority-data: |\n  Zm9v\n  Yg==\n"))
                .cluster.authority.text,
            "foob");
}

TEST_F(Kubeconfig, data_that_is_no_base64_is_an_error_that_does_not_quote_it) {
  EXPECT_EQ(refusal(read("server: https://a\ncertificate-authority-data: hush!")),
            "clusters[kind].cluster.certificate-authority-data is not Base64");
  EXPECT_EQ(refusal(read_user("client-certificate-data: hush!")),
            "users[admin].user.client-certificate-data is not Base64");
  EXPECT_EQ(refusal(read_user("client-certificate: f\nclient-key-data: hush!")),
            "users[admin].user.client-key-data is not Base64");
}

TEST_F(Kubeconfig, a_certificate_without_its_key_is_an_error_and_so_is_the_other_way_round) {
  EXPECT_EQ(refusal(read_user("client-certificate: f")),
            "users[admin].user.client-key is missing beside the client-certificate");
  EXPECT_EQ(refusal(read_user("client-key-data: Zm9v")),
            "users[admin].user.client-certificate is missing beside the client-key");
}

TEST_F(Kubeconfig, a_server_that_would_not_be_verified_is_refused_with_what_to_give_instead) {
  const std::string refused = refusal(read("server: https://a\ninsecure-skip-tls-verify: true"));
  EXPECT_TRUE(refused.starts_with("clusters[kind].cluster.insecure-skip-tls-verify is true"));
  EXPECT_NE(refused.find("certificate-authority-data"), std::string::npos) << refused;
  EXPECT_NE(refused.find("tls-server-name"), std::string::npos) << refused;
  EXPECT_TRUE(read("server: https://a\ninsecure-skip-tls-verify: false"));
}

TEST_F(Kubeconfig, a_server_that_is_missing_or_no_url_is_an_error) {
  EXPECT_TRUE(refusal(read("tls-server-name: a"))
                  .starts_with("clusters[kind].cluster.server is missing; write for example "));
  EXPECT_TRUE(refusal(read("server: kube.example"))
                  .starts_with("clusters[kind].cluster.server \"kube.example\" is not the URL"));
  EXPECT_EQ(refusal(read("server: https://me:hush@kube.example")),
            "clusters[kind].cluster.server holds an '@'; credentials belong to a user");
}

TEST_F(Kubeconfig, a_proxy_that_cannot_be_used_is_an_error_that_does_not_quote_it) {
  EXPECT_TRUE(refusal(read("server: https://a\nproxy-url: https://me:hush@proxy"))
                  .starts_with("clusters[kind].cluster.proxy-url is no proxy that can be used"));
}

TEST_F(Kubeconfig, a_server_without_tls_is_only_for_those_without_a_credential) {
  EXPECT_TRUE(read("server: http://127.0.0.1:8001"));
  EXPECT_TRUE(read("server: http://127.0.0.1:8001", "as: jane"));
  for (const char* user :
       {"token: hush", "tokenFile: f", "client-certificate: f\nclient-key: f",
        "exec: {apiVersion: client.authentication.k8s.io/v1, command: plugin}"}) {
    EXPECT_EQ(refusal(read("server: http://127.0.0.1:8001", user)),
              "the server of cluster \"kind\" is http://, but user \"admin\" has a credential, "
              "which must not travel in the open; give an https:// server, or a user without "
              "credential");
  }
}

TEST_F(Kubeconfig, a_token_that_cannot_be_sent_is_an_error_that_does_not_quote_it) {
  EXPECT_EQ(refusal(read_user("token: \"hush\\r\\nX: y\"")),
            "users[admin].user.token holds blanks or other characters that no token has");
}

TEST_F(Kubeconfig, ways_that_kubernetes_removed_are_refused_with_the_way_to_go) {
  for (const char* user : {"username: me", "password: hush"}) {
    const std::string refused = refusal(read_user(user));
    EXPECT_NE(refused.find("which Kubernetes 1.19 removed; use a token, a client certificate or "
                           "exec"),
              std::string::npos)
        << refused;
  }
  EXPECT_EQ(refusal(read_user("auth-provider: {name: gcp, config: {access-token: hush}}")),
            "users[admin].user.auth-provider was removed in Kubernetes 1.26; use exec with the "
            "provider's plugin");
}

TEST_F(Kubeconfig, a_plugin_has_arguments_variables_and_a_hint) {
  const KubeContext context = value_of(read_user(R"(exec:
  apiVersion: client.authentication.k8s.io/v1
  command: plugin
  args: [get-token, --cluster, "a b"]
  env: [{name: COLOUR, value: red}, {name: EMPTY, value: ""}]
  provideClusterInfo: true
  interactiveMode: IfAvailable
  installHint: apt install plugin
)"));
  const ExecSettings& exec = context.user.exec.value();
  EXPECT_EQ(exec.api_version, "client.authentication.k8s.io/v1");
  EXPECT_EQ(exec.arguments, (std::vector<std::string>{"get-token", "--cluster", "a b"}));
  EXPECT_EQ(exec.environment, (Environment{{"COLOUR", "red"}, {"EMPTY", ""}}));
  EXPECT_TRUE(exec.cluster_info);
  EXPECT_EQ(exec.install_hint, "apt install plugin");
}

TEST_F(Kubeconfig, a_plugin_that_cannot_be_run_here_is_refused) {
  const auto refused = [this](const std::string& fields) {
    return refusal(read_user("exec: {" + fields + "}"));
  };
  const std::string v1 = "apiVersion: client.authentication.k8s.io/v1, ";
  EXPECT_TRUE(refused(v1 + "command: p, interactiveMode: Always")
                  .starts_with("users[admin].user.exec.interactiveMode is Always, but there is no "
                               "terminal here; "));
  EXPECT_EQ(refused(v1 + "command: p, interactiveMode: Often"),
            "users[admin].user.exec.interactiveMode must be Never or IfAvailable");
  EXPECT_EQ(refused(v1 + "args: [a]"), "users[admin].user.exec.command is missing");
  const std::string versions =
      "users[admin].user.exec.apiVersion must be client.authentication.k8s.io/v1 or "
      "client.authentication.k8s.io/v1beta1";
  EXPECT_EQ(refused("command: p"), versions);
  EXPECT_EQ(refused("command: p, apiVersion: client.authentication.k8s.io/v1alpha1"), versions);
  for (const char* name : {"''", "A=B"}) {
    EXPECT_TRUE(refused(v1 + "command: p, env: [{value: hush, name: " + name + "}]")
                    .ends_with(".name must be the name of an environment variable"));
  }
}

TEST_F(Kubeconfig, whom_to_act_as_becomes_header_fields) {
  const KubeContext context = value_of(read_user(R"(as: jane
as-uid: "17"
as-groups: [dev, "ops team"]
as-user-extra: {scopes: [view, edit], "example.org/a%b": [c]}
)"));
  EXPECT_EQ(context.user.impersonation.fields(),
            (std::vector<net::Headers::Field>{{"Impersonate-User", "jane"},
                                              {"Impersonate-Uid", "17"},
                                              {"Impersonate-Group", "dev"},
                                              {"Impersonate-Group", "ops team"},
                                              {"Impersonate-Extra-scopes", "view"},
                                              {"Impersonate-Extra-scopes", "edit"},
                                              {"Impersonate-Extra-example.org%2Fa%25b", "c"}}));
  EXPECT_FALSE(context.user.has_credential());
}

TEST_F(Kubeconfig, groups_uid_and_extra_need_somebody_whose_they_are) {
  for (const char* user : {"as-groups: [a]", "as-uid: a", "as-user-extra: {a: [b]}"}) {
    EXPECT_EQ(refusal(read_user(user)),
              "users[admin].user.as is missing: groups, uid and extra are those of a user");
  }
}

TEST_F(Kubeconfig, whom_to_act_as_cannot_smuggle_in_other_fields) {
  EXPECT_EQ(refusal(read_user(R"(as: "a\r\nX: y")")),
            "users[admin].user.as holds a control character");
  EXPECT_EQ(refusal(read_user(R"({as: a, as-groups: ["b\n"]})")),
            "users[admin].user.as-groups holds a control character");
  EXPECT_EQ(refusal(read_user(R"({as: a, as-user-extra: {c: ["\x01"]}})")),
            "users[admin].user.as-user-extra holds a control character");
}

}  // namespace
}  // namespace gthulhu
