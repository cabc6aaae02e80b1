// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/exec_credential.h"

#include <gtest/gtest.h>

#include "adapters/kube/test_ground.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

constexpr const char* v1 = "client.authentication.k8s.io/v1";

std::string printed(const std::string& status) {
  return R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":)" +
         status + "}\n";
}

// Of what the plugin printed.
std::string refusal(const std::string& text) {
  const Error error = error_of(parse_exec_credential(text, v1));
  EXPECT_EQ(error.code, Errc::corrupt);
  EXPECT_EQ(error.text().find("hush"), std::string::npos) << error.text();
  return error.message;
}

TEST(ExecInfo, says_the_version_and_that_nobody_can_be_asked) {
  EXPECT_EQ(exec_info("client.authentication.k8s.io/v1beta1", std::nullopt),
            R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1",)"
            R"("spec":{"interactive":false}})");
}

TEST(ExecInfo, says_of_the_cluster_what_there_is) {
  EXPECT_EQ(exec_info(v1, ExecCluster{.server = "https://a",
                                      .tls_server_name = "b",
                                      .authority_pem = "foo",
                                      .proxy_url = "http://c"}),
            R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",)"
            R"("spec":{"cluster":{"server":"https://a","tls-server-name":"b",)"
            R"("certificate-authority-data":"Zm9v","proxy-url":"http://c"},"interactive":false}})");
  EXPECT_EQ(exec_info(v1, ExecCluster{.server = "https://a",
                                      .tls_server_name = "",
                                      .authority_pem = "",
                                      .proxy_url = ""}),
            R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",)"
            R"("spec":{"cluster":{"server":"https://a"},"interactive":false}})");
}

TEST(ExecCredential, is_a_token_or_a_certificate_with_its_key_or_both) {
  const auto token = value_of(parse_exec_credential(printed(R"({"token":"abc"})"), v1));
  EXPECT_EQ(token.token, "abc");
  EXPECT_EQ(token.certificate_pem, "");
  EXPECT_FALSE(token.expires);
  const auto both = value_of(parse_exec_credential(
      printed(R"({"token":"abc","clientCertificateData":"cert\n","clientKeyData":"key\n"})"), v1));
  EXPECT_EQ(both.token, "abc");
  EXPECT_EQ(both.certificate_pem, "cert\n");
  EXPECT_EQ(both.key_pem, "key\n");
  EXPECT_TRUE(parse_exec_credential(
      printed(R"({"clientCertificateData":"cert","clientKeyData":"key"})"), v1));
}

TEST(ExecCredential, expires_at_its_timestamp) {
  const auto read = value_of(parse_exec_credential(
      printed(R"({"token":"abc","expirationTimestamp":"2026-11-25T02:00:00+01:00"})"), v1));
  EXPECT_EQ(read.expires, TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25}} + 1h);
  EXPECT_FALSE(
      value_of(parse_exec_credential(printed(R"({"token":"abc","expirationTimestamp":null})"), v1))
          .expires);
}

TEST(ExecCredential, errors_say_what_is_wrong_and_quote_nothing) {
  EXPECT_EQ(refusal(""), "not JSON at byte 0: it ends too early");
  EXPECT_TRUE(refusal("token: hush").starts_with("not JSON at byte "));
  EXPECT_EQ(refusal("[]"), "the body must be an object, not a list");
  EXPECT_EQ(refusal(R"({"kind":"Secret","apiVersion":"v1"})"), "kind is not ExecCredential");
  EXPECT_EQ(
      refusal(R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1",)"
              R"("status":{"token":"hush"}})"),
      "apiVersion is not client.authentication.k8s.io/v1, as the kubeconfig says");
  EXPECT_EQ(refusal(printed("null")), "there is no status");
  EXPECT_EQ(refusal(printed("\"hush\"")), "status must be an object, not a string");
  EXPECT_EQ(refusal(printed("{}")), "status has neither a token nor clientCertificateData");
  EXPECT_TRUE(refusal(printed(R"({"token":["hush"]})")).starts_with("status.token must be "));
  EXPECT_EQ(refusal(printed(R"({"token":"hush hush"})")),
            "status.token holds blanks or other characters that no token has");
  for (const char* half : {R"({"clientKeyData":"hush"})", R"({"clientCertificateData":"hush"})"}) {
    EXPECT_EQ(refusal(printed(half)),
              "status has only one of clientCertificateData and clientKeyData");
  }
  EXPECT_EQ(refusal(printed(R"({"token":"hush","expirationTimestamp":"hush"})")),
            "status.expirationTimestamp is not like 2026-11-25T01:02:03Z");
}

}  // namespace
}  // namespace gthulhu
