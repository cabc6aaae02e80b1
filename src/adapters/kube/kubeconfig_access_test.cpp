// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/kubeconfig_access.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "adapters/kube/test_ground.h"
#include "tests/fakes/fake_clock.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using Fields = std::vector<net::Headers::Field>;

struct KubeconfigAccessTest : testing::Test {
  // With these fields of the cluster and the user, in braces.
  Result<std::unique_ptr<ApiAccess>> try_open(const std::string& cluster,
                                              const std::string& user,
                                              const Environment& more = {}) {
    const std::string path =
        ground.write("config",
                     "current-context: admin@kind\n"
                     "contexts: [{name: admin@kind, context: {cluster: kind, user: admin}}]\n"
                     "clusters: [{name: kind, cluster: " +
                         cluster +
                         "}]\n"
                         "users: [{name: admin, user: " +
                         user + "}]\n");
    Environment environment = KubeGround::environment();
    environment.insert(more.begin(), more.end());
    return open_kubeconfig({.path = path}, clock, environment);
  }

  std::unique_ptr<ApiAccess> open(const std::string& user) {
    return value_of(try_open("{server: \"https://kube.example\"}", user));
  }

  // With a plugin that prints these fields of a status, and notes what it was told.
  std::unique_ptr<ApiAccess> open_plugin(const std::string& status, const std::string& more = "") {
    prints(status);
    return value_of(try_open(
        "{server: \"https://kube.example\", certificate-authority: ca.crt}",
        "{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin" + more + "}}"));
  }

  void prints(const std::string& status) {
    ground.write_script("plugin",
                        "printf %s \"$KUBERNETES_EXEC_INFO\" > " + ground.file("told") +
                            "\necho ran >> " + ground.file("runs") +
                            "\necho '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":"
                            "\"ExecCredential\",\"status\":{" +
                            status + "}}'\n");
  }

  [[nodiscard]] long runs() const { return std::ranges::count(ground.read("runs"), '\n'); }

  KubeGround ground;
  FakeClock clock;
};

TEST_F(KubeconfigAccessTest, describes_itself_by_context_and_file) {
  EXPECT_EQ(open("{}")->description(), "context admin@kind of " + ground.file("config"));
}

TEST_F(KubeconfigAccessTest, a_connection_has_what_the_cluster_says) {
  const auto access =
      value_of(try_open("{server: \"https://10.0.0.1:6443\", tls-server-name: kube.example, "
                        "proxy-url: \"http://proxy:3128\", certificate-authority-data: Zm9v}",
                        "{}"));
  const net::ClientSettings settings = value_of(access->connection());
  EXPECT_EQ(settings.url, "https://10.0.0.1:6443");
  EXPECT_EQ(settings.server_name, "kube.example");
  EXPECT_EQ(settings.proxy_url, "http://proxy:3128");
  EXPECT_EQ(settings.ca_pem, "foo");
  EXPECT_EQ(settings.ca_file, "");
  EXPECT_EQ(settings.certificate_pem, "");
  EXPECT_EQ(settings.private_key_pem, "");
}

TEST_F(KubeconfigAccessTest, without_a_ca_the_system_s_are_trusted) {
  const net::ClientSettings settings = value_of(open("{}")->connection());
  EXPECT_EQ(settings.ca_pem, "");
  EXPECT_EQ(settings.ca_file, "");
}

TEST_F(KubeconfigAccessTest, the_environment_s_proxy_is_used_where_the_cluster_names_none) {
  const Environment environment{{"HTTPS_PROXY", "http://other:1"}, {"NO_PROXY", "kube.example"}};
  const auto proxy_of = [&](const std::string& cluster) {
    return value_of(value_of(try_open(cluster, "{}", environment))->connection()).proxy_url;
  };
  EXPECT_EQ(proxy_of("{server: \"https://elsewhere.example\"}"), "http://other:1");
  EXPECT_EQ(proxy_of("{server: \"https://kube.example\"}"), "");
  EXPECT_EQ(proxy_of("{server: \"https://kube.example\", proxy-url: \"http://proxy:3128\"}"),
            "http://proxy:3128");
  EXPECT_FALSE(try_open("{server: \"https://a\"}", "{}", {{"HTTPS_PROXY", "ftp://b"}}));
}

TEST_F(KubeconfigAccessTest, files_are_read_again_for_each_connection) {
  const auto access = value_of(try_open("{server: \"https://a\", certificate-authority: ca.crt}",
                                        "{client-certificate: me.crt, client-key: me.key}"));
  for (const std::string turn : {"1", "2"}) {
    ground.write("ca.crt", "ca " + turn);
    ground.write("me.crt", "certificate " + turn);
    ground.write("me.key", "key " + turn);
    const net::ClientSettings settings = value_of(access->connection());
    EXPECT_EQ(settings.ca_pem, "ca " + turn);
    EXPECT_EQ(settings.certificate_pem, "certificate " + turn);
    EXPECT_EQ(settings.private_key_pem, "key " + turn);
  }
}

TEST_F(KubeconfigAccessTest, a_file_that_is_missing_or_empty_is_an_error_with_the_field) {
  const auto access = value_of(try_open("{server: \"https://a\", certificate-authority: ca.crt}",
                                        "{client-certificate: me.crt, client-key: me.key}"));
  const Error missing = error_of(access->connection());
  EXPECT_EQ(missing.code, Errc::not_found);
  EXPECT_EQ(missing.message, "clusters[kind].cluster.certificate-authority " +
                                 ground.file("ca.crt") +
                                 " cannot be read: No such file or directory");
  ground.write("ca.crt", " \n");
  const Error empty = error_of(access->connection());
  EXPECT_EQ(empty.code, Errc::corrupt);
  EXPECT_EQ(empty.message,
            "clusters[kind].cluster.certificate-authority " + ground.file("ca.crt") + " is empty");
  ground.write("ca.crt", "ca");
  ground.write("me.crt", "certificate");
  EXPECT_TRUE(error_of(access->connection())
                  .message.starts_with("users[admin].user.client-key " + ground.file("me.key")));
}

TEST_F(KubeconfigAccessTest, nobody_has_no_credentials) {
  EXPECT_TRUE(value_of(open("{}")->credentials()).fields().empty());
}

TEST_F(KubeconfigAccessTest, a_token_and_whom_to_act_as_go_with_each_request) {
  EXPECT_EQ(value_of(open("{token: abc, as: jane, as-groups: [dev]}")->credentials()).fields(),
            (Fields{{"Impersonate-User", "jane"},
                    {"Impersonate-Group", "dev"},
                    {"Authorization", "Bearer abc"}}));
}

TEST_F(KubeconfigAccessTest, a_token_file_wins_and_is_read_again_after_a_minute_and_a_refusal) {
  const auto access = open("{token: abc, tokenFile: token}");
  EXPECT_TRUE(error_of(access->credentials())
                  .message.starts_with("the token file of user admin " + ground.file("token")));
  ground.write("token", "one\n");
  EXPECT_EQ(value_of(access->credentials()).fields(), (Fields{{"Authorization", "Bearer one"}}));
  ground.write("token", "two\n");
  clock.advance(59s);
  EXPECT_EQ(value_of(access->credentials()).fields(), (Fields{{"Authorization", "Bearer one"}}));
  clock.advance(1s);
  EXPECT_EQ(value_of(access->credentials()).fields(), (Fields{{"Authorization", "Bearer two"}}));
  ground.write("token", "three\n");
  access->refused();
  EXPECT_EQ(value_of(access->credentials()).fields(), (Fields{{"Authorization", "Bearer three"}}));
}

TEST_F(KubeconfigAccessTest, a_plugin_runs_once_for_the_connection_and_its_requests) {
  const auto access =
      open_plugin(R"("token":"one","clientCertificateData":"certificate","clientKeyData":"key")");
  ground.write("ca.crt", "foo");
  const net::ClientSettings settings = value_of(access->connection());
  EXPECT_EQ(settings.certificate_pem, "certificate");
  EXPECT_EQ(settings.private_key_pem, "key");
  EXPECT_EQ(value_of(access->credentials()).fields(), (Fields{{"Authorization", "Bearer one"}}));
  EXPECT_EQ(value_of(access->credentials()).fields(), (Fields{{"Authorization", "Bearer one"}}));
  EXPECT_EQ(runs(), 1);
}

TEST_F(KubeconfigAccessTest, a_plugin_runs_again_after_a_refusal) {
  const auto access = open_plugin(R"("token":"one")");
  EXPECT_TRUE(access->credentials());
  prints(R"("token":"two")");
  access->refused();
  EXPECT_EQ(value_of(access->credentials()).fields(), (Fields{{"Authorization", "Bearer two"}}));
  EXPECT_EQ(runs(), 2);
}

TEST_F(KubeconfigAccessTest, a_plugin_that_gives_only_a_certificate_adds_no_header) {
  const auto access = open_plugin(R"("clientCertificateData":"certificate","clientKeyData":"key")");
  EXPECT_TRUE(value_of(access->credentials()).fields().empty());
}

TEST_F(KubeconfigAccessTest, a_plugin_that_wants_to_know_is_told_the_cluster_with_its_ca) {
  const auto access = open_plugin(R"("token":"one")", ", provideClusterInfo: true");
  EXPECT_EQ(error_of(access->credentials()).code, Errc::not_found);
  EXPECT_EQ(runs(), 0);
  ground.write("ca.crt", "foo");
  EXPECT_TRUE(access->credentials());
  EXPECT_NE(
      ground.read("told").find(
          R"("cluster":{"server":"https://kube.example","certificate-authority-data":"Zm9v"})"),
      std::string::npos)
      << ground.read("told");
}

TEST_F(KubeconfigAccessTest, with_a_token_no_plugin_runs) {
  prints(R"("token":"one")");
  const auto access =
      open("{token: abc, exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin}}");
  EXPECT_TRUE(access->connection());
  EXPECT_EQ(value_of(access->credentials()).fields(), (Fields{{"Authorization", "Bearer abc"}}));
  EXPECT_EQ(runs(), 0);
}

TEST_F(KubeconfigAccessTest, a_certificate_of_the_file_wins_over_that_of_a_plugin) {
  prints(R"("token":"one","clientCertificateData":"theirs","clientKeyData":"theirs")");
  const auto access = open(
      "{client-certificate-data: Zm9v, client-key-data: Zm9v, "
      "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin}}");
  EXPECT_EQ(value_of(access->connection()).certificate_pem, "foo");
  EXPECT_EQ(value_of(access->credentials()).fields(), (Fields{{"Authorization", "Bearer one"}}));
}

TEST_F(KubeconfigAccessTest, many_threads_share_one_run_of_a_plugin) {
  const auto access = open_plugin(R"("token":"one")");
  ground.write("ca.crt", "foo");
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&access] {
        EXPECT_TRUE(access->connection());
        EXPECT_TRUE(access->credentials());
        EXPECT_FALSE(access->description().empty());
      });
    }
  }
  EXPECT_EQ(runs(), 1);
  access->refused();
}

}  // namespace
}  // namespace gthulhu
