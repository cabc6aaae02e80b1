// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/service_account.h"

#include <gtest/gtest.h>

#include "adapters/kube/test_ground.h"
#include "tests/fakes/fake_clock.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

struct ServiceAccountTest : testing::Test {
  ServiceAccountTest() {
    ground.write("ca.crt", "ca");
    ground.write("token", "one");
  }

  Result<std::unique_ptr<ApiAccess>> open() {
    return open_service_account(clock, environment, ground.path());
  }

  static std::string token_of(ApiAccess& access) {
    return *value_of(access.credentials()).find("Authorization");
  }

  KubeGround ground;
  FakeClock clock;
  Environment environment{{"KUBERNETES_SERVICE_HOST", "10.96.0.1"},
                          {"KUBERNETES_SERVICE_PORT", "443"}};
};

TEST_F(ServiceAccountTest, is_what_the_kubelet_puts_into_a_pod) {
  const auto access = value_of(open());
  const net::ClientSettings settings = value_of(access->connection());
  EXPECT_EQ(settings.url, "https://10.96.0.1:443");
  EXPECT_EQ(settings.ca_pem, "ca");
  EXPECT_EQ(settings.proxy_url, "");
  EXPECT_EQ(token_of(*access), "Bearer one");
  EXPECT_EQ(access->description(), "service account of this pod");
}

TEST_F(ServiceAccountTest, an_ipv6_address_goes_into_brackets) {
  environment["KUBERNETES_SERVICE_HOST"] = "fd00::1";
  EXPECT_EQ(value_of(value_of(open())->connection()).url, "https://[fd00::1]:443");
}

TEST_F(ServiceAccountTest, the_environment_s_proxy_is_used) {
  environment["HTTPS_PROXY"] = "http://proxy:3128";
  EXPECT_EQ(value_of(value_of(open())->connection()).proxy_url, "http://proxy:3128");
  environment["NO_PROXY"] = "10.0.0.0/8";
  EXPECT_EQ(value_of(value_of(open())->connection()).proxy_url, "");
}

TEST_F(ServiceAccountTest, the_ca_is_read_again_for_each_connection) {
  const auto access = value_of(open());
  ground.write("ca.crt", "renewed");
  EXPECT_EQ(value_of(access->connection()).ca_pem, "renewed");
  ground.write("ca.crt", "");
  EXPECT_EQ(error_of(access->connection()).message,
            "the cluster's CA " + ground.file("ca.crt") + " is empty");
}

TEST_F(ServiceAccountTest, the_token_is_read_again_after_a_minute_and_a_refusal) {
  const auto access = value_of(open());
  ground.write("token", "two");
  EXPECT_EQ(token_of(*access), "Bearer one");
  clock.advance(1min);
  EXPECT_EQ(token_of(*access), "Bearer two");
  ground.write("token", "three");
  access->refused();
  EXPECT_EQ(token_of(*access), "Bearer three");
}

TEST_F(ServiceAccountTest, a_missing_variable_is_named) {
  for (const std::string name : {"KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"}) {
    Environment lacking = environment;
    lacking.erase(name);
    const Error error = error_of(open_service_account(clock, lacking, ground.path()));
    EXPECT_EQ(error.code, Errc::not_found);
    EXPECT_EQ(error.message,
              "the environment variable " + name + " is missing; is this running in a pod?");
  }
}

TEST_F(ServiceAccountTest, a_missing_file_is_named) {
  for (const std::string name : {"token", "ca.crt"}) {
    const std::string content = ground.read(name);
    ground.remove(name);
    const Error error = error_of(open());
    EXPECT_EQ(error.code, Errc::not_found);
    EXPECT_NE(error.message.find(ground.file(name) + " cannot be read: No such file"),
              std::string::npos)
        << error.message;
    EXPECT_NE(error.message.find("is this running in a pod"), std::string::npos);
    ground.write(name, content);
  }
}

TEST_F(ServiceAccountTest, variables_that_are_no_address_are_refused) {
  using Pair = std::pair<std::string, std::string>;
  for (const auto& [host, port] :
       {Pair{"10.96.0.1", "tcp://10.96.0.1:443"}, Pair{"10.96.0.1", "0"},
        Pair{"10.96.0.1", "70000"}, Pair{"a/b", "443"}, Pair{"me@a", "443"}, Pair{"a b", "443"}}) {
    environment["KUBERNETES_SERVICE_HOST"] = host;
    environment["KUBERNETES_SERVICE_PORT"] = port;
    const Error error = error_of(open());
    EXPECT_EQ(error.code, Errc::invalid_argument) << host << " " << port;
    EXPECT_NE(error.message.find("no address of a server"), std::string::npos) << error.message;
  }
}

}  // namespace
}  // namespace gthulhu
