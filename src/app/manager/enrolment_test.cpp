// SPDX-License-Identifier: Apache-2.0
#include "app/manager/enrolment.h"

#include <gmock/gmock.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/memory_store.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

// The token is the pod's uid.
class NamedPods : public PodTokens {
 public:
  Result<PodIdentity> check(std::string_view token, TimePoint /*now*/) override {
    if (token == "forged") return Error{Errc::unauthenticated, "invalid or expired token", ""};
    return PodIdentity{PodUid(std::string(token)), "dm", Namespace("gthulhu-system"), "agent"};
  }
};

class KnownAgents : public AgentRegistry {
 public:
  std::map<PodUid, NodeName> nodes;
  [[nodiscard]] std::optional<NodeName> node_of_agent(const PodUid& pod) const override {
    const auto known = nodes.find(pod);
    if (known == nodes.end()) return std::nullopt;
    return known->second;
  }
};

// A request is the name of its key.
class WrittenCertificates : public CertificateIssuer {
 public:
  Result<Digest> key_of(std::string_view request_pem) const override { return sha256(request_pem); }
  Result<IssuedCertificate> issue(std::string_view request_pem,
                                  LinkEnd end,
                                  const CertificateNames& names,
                                  std::chrono::seconds lifetime,
                                  TimePoint now) override {
    return IssuedCertificate{std::string(request_pem) + " " + names.uris.at(0) +
                                 (end == LinkEnd::called ? " called" : " caller"),
                             now + lifetime};
  }
  [[nodiscard]] const std::string& ca_pem() const override { return ca_; }

 private:
  std::string ca_ = "ca";
};

class EnrolmentTest : public testing::Test {
 protected:
  Errc refusal(const char* token, const char* key) {
    const auto given = enrolment_.enrol(token, key);
    EXPECT_FALSE(given);
    return given ? Errc::internal : given.error().code;
  }

  FakeClock clock_;
  NamedPods tokens_;
  KnownAgents agents_;
  WrittenCertificates issuer_;
  MemoryStore store_;
  Enrolment enrolment_{clock_, tokens_, agents_, issuer_, store_, 60s};
};

TEST_F(EnrolmentTest, a_decision_makers_pod_gets_a_certificate_for_its_node) {
  agents_.nodes = {{PodUid("pod-1"), NodeName("n1")}};
  const auto given = enrolment_.enrol("pod-1", "key");
  ASSERT_TRUE(given) << given.error().text();
  EXPECT_EQ(given->node, NodeName("n1"));
  EXPECT_EQ(given->certificate.pem, "key node:n1 called");
  EXPECT_EQ(given->certificate.expires, clock_.now() + 60s);
  EXPECT_EQ(given->ca_pem, "ca");
}

TEST_F(EnrolmentTest, other_pods_and_forged_tokens_get_nothing) {
  EXPECT_EQ(refusal("pod-1", "key"), Errc::forbidden);
  EXPECT_EQ(refusal("forged", "key"), Errc::unauthenticated);
}

TEST_F(EnrolmentTest, a_pod_has_one_key_for_its_life) {
  agents_.nodes = {{PodUid("pod-1"), NodeName("n1")}};
  EXPECT_TRUE(enrolment_.enrol("pod-1", "key"));
  EXPECT_EQ(refusal("pod-1", "stolen token, own key"), Errc::forbidden);
  EXPECT_TRUE(enrolment_.enrol("pod-1", "key"));
}

TEST_F(EnrolmentTest, a_pods_key_outlives_the_manager_and_not_the_pod) {
  agents_.nodes = {{PodUid("pod-1"), NodeName("n1")}, {PodUid("pod-2"), NodeName("n2")}};
  EXPECT_TRUE(enrolment_.enrol("pod-1", "key"));
  Enrolment restarted(clock_, tokens_, agents_, issuer_, store_, 60s);
  EXPECT_EQ(restarted.enrol("pod-1", "another").error().code, Errc::forbidden);

  for (int day = 0; day < 40; ++day) {  // it is in use
    clock_.advance(24h);
    EXPECT_TRUE(restarted.enrol("pod-1", "key"));
  }
  EXPECT_TRUE(restarted.enrol("pod-2", "key of the other"));
  EXPECT_TRUE(store_.pod_key(PodUid("pod-1")).value());
  clock_.advance(31 * 24h);
  agents_.nodes.emplace("pod-3", "n3");
  EXPECT_TRUE(restarted.enrol("pod-3", "key of a third"));
  EXPECT_FALSE(store_.pod_key(PodUid("pod-1")).value());
}

TEST_F(EnrolmentTest, while_the_store_cannot_be_written_new_pods_get_nothing) {
  agents_.nodes = {{PodUid("pod-1"), NodeName("n1")}};
  store_.fail_with(Error{Errc::unavailable, "the disk is full", ""});
  EXPECT_EQ(refusal("pod-1", "key"), Errc::unavailable);
}

TEST_F(EnrolmentTest, a_pod_that_is_gone_gets_nothing_more) {
  agents_.nodes = {{PodUid("pod-1"), NodeName("n1")}};
  EXPECT_TRUE(enrolment_.enrol("pod-1", "key"));
  agents_.nodes.clear();
  EXPECT_EQ(refusal("pod-1", "key"), Errc::forbidden);
}

}  // namespace
}  // namespace gthulhu
