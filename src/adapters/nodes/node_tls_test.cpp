// SPDX-License-Identifier: Apache-2.0
//
// Nodes that are known by their certificates, and know the manager by its own.
#include "adapters/nodes/node_link_fixture.h"
#include "net/client_identity.h"
#include "net/test_certificates.h"

namespace gthulhu {
namespace {

class NodeTls : public NodeLinkTest {
 protected:
  NodeTls() {
    const auto own = authority_.issue("manager", "");
    settings_.credentials.identity =
        net::ClientIdentity::create({.ca_pem = authority_.certificate_pem(),
                                     .certificate_pem = own.certificate_pem,
                                     .private_key_pem = own.key_pem})
            .value();
  }

  FakeAgent& add_agent_that_shows(const net::TestAuthority::Pair& shown) {
    const net::TlsSettings tls{shown.certificate_pem, shown.key_pem, authority_.certificate_pem()};
    agents_[n1_] = std::make_unique<FakeAgent>(host_, n1_, tls);
    return *agents_[n1_];
  }
  void expect_nothing_given(const net::TestAuthority::Pair& shown) {
    FakeAgent& agent = add_agent_that_shows(shown);
    connect();
    want(intents(7, 3));
    EXPECT_EQ(troubles(1)[0].why.code, Errc::unavailable);
    EXPECT_THAT(troubles(1)[0].why.message, HasSubstr("certificate is for node:n1"));
    EXPECT_FALSE(link_->processes(n1_));
    EXPECT_THAT(agent.seen(), IsEmpty());
    EXPECT_THAT(sink_.of(n1_).acknowledged, IsEmpty());
  }

  const net::TestAuthority authority_{"nodes"};
};

TEST_F(NodeTls, the_right_node_gets_its_set_and_wants_no_token) {
  settings_.credentials.public_key_pem = "the key";
  FakeAgent& agent = add_agent_that_shows(authority_.issue("any", "URI:node:n1"));
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  EXPECT_TRUE(link_->processes(n1_));
  EXPECT_TRUE(asks_again(agent, get_reports, 2));
  EXPECT_EQ(agent.held(), *intents(7, 3));
  EXPECT_EQ(agent.count(post_token), 0u);
}

TEST_F(NodeTls, a_go_decision_maker_wants_a_token_all_the_same) {
  settings_.credentials.public_key_pem = "the key";
  settings_.credentials.server_name = "127.0.0.1";  // one for all, as the Go system has it
  FakeAgent& agent = add_agent_that_shows(authority_.issue("any", "IP:127.0.0.1"));
  agent.become_go(true);
  agent.demand_token(1h);
  connect();
  want(intents(7, 3));
  ASSERT_TRUE(is_acknowledged(7));
  EXPECT_THAT(agent.go_held(), SizeIs(3));
  ASSERT_TRUE(link_->processes(n1_));
  EXPECT_EQ(agent.count(post_token), 1u);
  for (const auto& request : agent.seen(get_state)) EXPECT_EQ(request.authorization, "");
}

TEST_F(NodeTls, another_nodes_certificate_gets_nothing) {
  expect_nothing_given(authority_.issue("n1", "URI:node:n2,IP:127.0.0.1"));
}

TEST_F(NodeTls, a_certificate_without_a_node_gets_nothing) {
  expect_nothing_given(authority_.issue("n1", "IP:127.0.0.1"));
}

TEST_F(NodeTls, an_expired_certificate_gets_nothing) {
  expect_nothing_given(authority_.issue("n1", "URI:node:n1", -30));
}

TEST_F(NodeTls, a_certificate_of_another_authority_gets_nothing) {
  expect_nothing_given(net::TestAuthority("others").issue("n1", "URI:node:n1"));
}

TEST_F(NodeTls, a_node_without_tls_gets_nothing) {
  FakeAgent& agent = add_agent(n1_);
  connect();
  want(intents(7, 3));
  EXPECT_EQ(troubles(1)[0].why.code, Errc::unavailable);
  EXPECT_THAT(agent.seen(), IsEmpty());
}

TEST_F(NodeTls, a_manager_whose_certificate_is_unknown_to_the_node_is_told) {
  const net::TestAuthority strangers("strangers");
  const auto shown = authority_.issue("n1", "URI:node:n1");
  const net::TlsSettings tls{shown.certificate_pem, shown.key_pem, strangers.certificate_pem()};
  agents_[n1_] = std::make_unique<FakeAgent>(host_, n1_, tls);
  connect();
  want(intents(7, 3));
  EXPECT_EQ(troubles(1)[0].why.code, Errc::unavailable);
  EXPECT_THAT(agents_[n1_]->seen(), IsEmpty());
}

}  // namespace
}  // namespace gthulhu
