// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/exec_plugin.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "adapters/kube/test_ground.h"
#include "tests/fakes/fake_clock.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

struct ExecPluginTest : testing::Test {
  static ExecSettings settings(const std::string& command) {
    ExecSettings made;
    made.api_version = "client.authentication.k8s.io/v1";
    made.command = command;
    return made;
  }

  ExecPlugin plugin(const ExecSettings& with, std::chrono::milliseconds timeout = 20s) const {
    return {with, KubeGround::environment(), clock, timeout};
  }

  // A script that prints the fields as its status, and notes that it ran.
  std::string prints(const std::string& status) const {
    return ground.write_script(
        "plugin", "echo ran >> " + ground.file("runs") +
                      "\necho '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":"
                      "\"ExecCredential\",\"status\":{" +
                      status + "}}'\n");
  }

  [[nodiscard]] long runs() const { return std::ranges::count(ground.read("runs"), '\n'); }

  KubeGround ground;
  FakeClock clock;
  ExecCluster cluster{
      .server = "https://a", .tls_server_name = "", .authority_pem = "", .proxy_url = ""};
};

TEST_F(ExecPluginTest, a_credential_without_an_end_is_kept_until_it_is_forgotten) {
  ExecPlugin made = plugin(settings(prints(R"("token":"one")")));
  EXPECT_EQ(value_of(made.credential(cluster)).token, "one");
  clock.advance(std::chrono::years{1});
  prints(R"("token":"two")");
  EXPECT_EQ(value_of(made.credential(cluster)).token, "one");
  EXPECT_EQ(runs(), 1);
  made.forget();
  EXPECT_EQ(value_of(made.credential(cluster)).token, "two");
  EXPECT_EQ(runs(), 2);
}

TEST_F(ExecPluginTest, runs_again_when_the_credential_expires_within_a_minute) {
  ExecPlugin made =
      plugin(settings(prints(R"("token":"one","expirationTimestamp":"2026-11-25T00:10:00Z")")));
  EXPECT_EQ(value_of(made.credential(cluster)).token, "one");
  prints(R"("token":"two","expirationTimestamp":"2026-11-25T01:00:00Z")");
  clock.advance(9min - 1ms);
  EXPECT_EQ(value_of(made.credential(cluster)).token, "one");
  clock.advance(1ms);
  EXPECT_EQ(value_of(made.credential(cluster)).token, "two");
  EXPECT_EQ(runs(), 2);
}

TEST_F(ExecPluginTest, a_credential_that_expired_is_not_given_out_when_the_plugin_fails) {
  ExecPlugin made =
      plugin(settings(prints(R"("token":"one","expirationTimestamp":"2026-11-25T00:10:00Z")")));
  EXPECT_TRUE(made.credential(cluster));
  ground.write_script("plugin", "exit 1\n");
  clock.advance(10min);
  EXPECT_EQ(error_of(made.credential(cluster)).code, Errc::unavailable);
}

TEST_F(ExecPluginTest, gets_its_arguments_and_the_environments_of_both) {
  ExecSettings with = settings(ground.write_script(
      "plugin", "printf '%s|' \"$@\" \"$COLOUR\" \"$BOTH\" \"$KUBERNETES_EXEC_INFO\" > " +
                    ground.file("seen") + "\n"));
  with.arguments = {"get token", "x"};
  with.environment = {{"COLOUR", "red"}, {"BOTH", "theirs"}};
  ExecPlugin made(with, {{"PATH", "/bin"}, {"BOTH", "ours"}}, clock, 20s);
  EXPECT_FALSE(made.credential(cluster));
  EXPECT_EQ(ground.read("seen"),
            R"(get token|x|red|theirs|{"kind":"ExecCredential","apiVersion":)"
            R"("client.authentication.k8s.io/v1","spec":{"interactive":false}}|)");
}

TEST_F(ExecPluginTest, is_told_the_cluster_only_if_it_wants_to_be) {
  ExecSettings with = settings(ground.write_script(
      "plugin", "printf %s \"$KUBERNETES_EXEC_INFO\" > " + ground.file("seen") + "\n"));
  with.cluster_info = true;
  ExecPlugin made = plugin(with);
  EXPECT_FALSE(made.credential(cluster));
  EXPECT_NE(ground.read("seen").find(R"("cluster":{"server":"https://a"})"), std::string::npos);
}

TEST_F(ExecPluginTest, a_bare_name_is_looked_up_in_the_path_of_the_environment) {
  prints(R"("token":"one")");
  ExecPlugin made(settings("plugin"), {{"PATH", "/none:" + ground.path()}}, clock, 20s);
  EXPECT_EQ(value_of(made.credential(cluster)).token, "one");
}

TEST_F(ExecPluginTest, one_that_is_missing_is_an_error_with_the_hint) {
  ExecSettings with = settings("no-such-plugin");
  EXPECT_EQ(error_of(plugin(with).credential(cluster)).message,
            "the exec plugin no-such-plugin is in no folder of PATH");
  with.install_hint = "Install it with apt.";
  const Error in_path = error_of(plugin(with).credential(cluster));
  EXPECT_EQ(in_path.code, Errc::unavailable);
  EXPECT_EQ(in_path.message,
            "the exec plugin no-such-plugin is in no folder of PATH; Install it with apt.");
  with.command = ground.file("none");
  EXPECT_EQ(error_of(plugin(with).credential(cluster)).message,
            "the exec plugin " + ground.file("none") +
                " cannot be started: it is missing or not executable; Install it with apt.");
}

TEST_F(ExecPluginTest, one_that_fails_is_an_error_with_its_complaints_and_without_its_output) {
  const std::string path =
      ground.write_script("plugin", "echo hush; echo 'please log in' >&2; exit 9\n");
  const Error error = error_of(plugin(settings(path)).credential(cluster));
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_EQ(error.message, "the exec plugin " + path + " ended with status 9");
  EXPECT_EQ(error.detail, "please log in\n");
}

TEST_F(ExecPluginTest, one_that_prints_no_credential_is_an_error_that_does_not_quote_it) {
  const std::string path = ground.write_script("plugin", "echo hush; echo moan >&2\n");
  const Error error = error_of(plugin(settings(path)).credential(cluster));
  EXPECT_EQ(error.code, Errc::corrupt);
  EXPECT_TRUE(error.message.starts_with("the exec plugin " + path +
                                        " printed no credential: not JSON at byte "))
      << error.message;
  EXPECT_EQ(error.text().find("hush"), std::string::npos) << error.text();
  EXPECT_EQ(error.detail, "moan\n");
}

TEST_F(ExecPluginTest, one_that_does_not_end_is_stopped) {
  const std::string path = ground.write_script("plugin", "sleep 60\n");
  const Error error = error_of(plugin(settings(path), 100ms).credential(cluster));
  EXPECT_EQ(error.code, Errc::timeout);
  EXPECT_EQ(error.message, "an exec plugin failed: " + path + " did not end within 100 ms");
}

TEST_F(ExecPluginTest, one_that_prints_too_much_is_stopped) {
  const std::string path = ground.write_script("plugin", "cat /dev/zero\n");
  EXPECT_EQ(error_of(plugin(settings(path)).credential(cluster)).code, Errc::too_large);
}

}  // namespace
}  // namespace gthulhu
