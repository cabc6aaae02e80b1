// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/proxy_choice.h"

#include <gtest/gtest.h>

#include "adapters/kube/test_ground.h"

namespace gthulhu {
namespace {

constexpr const char* proxy = "http://proxy.example:3128";

net::ServerUrl url(const std::string& text) {
  return value_of(net::parse_server_url(text));
}

bool is_direct(const std::string& server, const std::string& exceptions) {
  return value_of(proxy_for(url(server), {{"HTTPS_PROXY", proxy}, {"NO_PROXY", exceptions}}))
      .empty();
}

TEST(ProxyChoice, there_is_none_without_the_variable) {
  EXPECT_EQ(proxy_for(url("https://kube.example"), {}).value(), "");
  EXPECT_EQ(proxy_for(url("https://kube.example"), {{"HTTPS_PROXY", " "}}).value(), "");
  EXPECT_EQ(proxy_for(url("https://kube.example"), {{"HTTP_PROXY", proxy}}).value(), "");
}

TEST(ProxyChoice, the_variable_in_capitals_counts_first) {
  const net::ServerUrl server = url("https://kube.example");
  EXPECT_EQ(proxy_for(server, {{"HTTPS_PROXY", proxy}}).value(), proxy);
  EXPECT_EQ(proxy_for(server, {{"https_proxy", proxy}}).value(), proxy);
  EXPECT_EQ(proxy_for(server, {{"HTTPS_PROXY", proxy}, {"https_proxy", "http://b"}}).value(),
            proxy);
  EXPECT_EQ(proxy_for(server, {{"https_proxy", proxy}, {"no_proxy", "kube.example"}}).value(), "");
  EXPECT_EQ(
      proxy_for(server, {{"HTTPS_PROXY", proxy}, {"NO_PROXY", "a"}, {"no_proxy", "*"}}).value(),
      proxy);
}

TEST(ProxyChoice, one_without_a_scheme_is_http) {
  EXPECT_EQ(proxy_for(url("https://kube.example"), {{"HTTPS_PROXY", "proxy.example:3128"}}).value(),
            proxy);
}

TEST(ProxyChoice, servers_without_tls_and_our_own_machine_are_reached_directly) {
  for (const char* server : {"http://kube.example", "https://localhost:6443", "https://LOCALHOST",
                             "https://127.0.0.1:6443", "https://127.9.9.9", "https://[::1]:6443",
                             "https://[::ffff:127.0.0.1]"}) {
    EXPECT_TRUE(is_direct(server, "")) << server;
  }
  for (const char* server : {"https://128.0.0.1", "https://[::2]", "https://localhost.example"}) {
    EXPECT_FALSE(is_direct(server, "")) << server;
  }
}

TEST(ProxyChoice, a_star_excepts_everything) {
  EXPECT_TRUE(is_direct("https://kube.example", "*"));
  EXPECT_TRUE(is_direct("https://10.0.0.1", "a.example, *"));
}

TEST(ProxyChoice, a_name_excepts_its_host_and_those_below) {
  EXPECT_TRUE(is_direct("https://kube.example", "other, Kube.Example ,more"));
  EXPECT_TRUE(is_direct("https://a.KUBE.example", "kube.example"));
  EXPECT_FALSE(is_direct("https://mykube.example", "kube.example"));
  EXPECT_FALSE(is_direct("https://example", "kube.example"));
}

TEST(ProxyChoice, a_name_with_a_dot_in_front_excepts_those_below_only) {
  for (const char* exception : {".kube.example", "*.kube.example"}) {
    EXPECT_TRUE(is_direct("https://a.kube.example", exception)) << exception;
    EXPECT_TRUE(is_direct("https://b.a.kube.example", exception)) << exception;
    EXPECT_FALSE(is_direct("https://kube.example", exception)) << exception;
  }
}

TEST(ProxyChoice, an_address_excepts_itself_however_it_is_written) {
  EXPECT_TRUE(is_direct("https://10.0.0.1", "10.0.0.1"));
  EXPECT_TRUE(is_direct("https://10.0.0.1", "::ffff:10.0.0.1"));
  EXPECT_TRUE(is_direct("https://[fd00::1]", "fd00:0:0::1"));
  EXPECT_TRUE(is_direct("https://[FD00::1]", "[fd00::1]"));
  EXPECT_FALSE(is_direct("https://10.0.0.11", "10.0.0.1"));
  EXPECT_FALSE(is_direct("https://110.0.0.1", ".0.0.1"));
}

TEST(ProxyChoice, a_range_excepts_the_addresses_in_it) {
  EXPECT_TRUE(is_direct("https://10.255.0.1", "10.0.0.0/8"));
  EXPECT_FALSE(is_direct("https://11.0.0.1", "10.0.0.0/8"));
  EXPECT_TRUE(is_direct("https://10.0.0.7", "10.0.0.4/30"));
  EXPECT_FALSE(is_direct("https://10.0.0.8", "10.0.0.4/30"));
  EXPECT_TRUE(is_direct("https://10.0.0.8", "0.0.0.0/0"));
  EXPECT_TRUE(is_direct("https://[fd00:1::5]", "fd00:1::/32"));
  EXPECT_FALSE(is_direct("https://[fd00:2::5]", "fd00:1::/32"));
  // Of the other family, and no ranges at all.
  for (const char* exception :
       {"::/0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "/8", "10.0.0/8"}) {
    EXPECT_FALSE(is_direct("https://10.0.0.1", exception)) << exception;
  }
  EXPECT_FALSE(is_direct("https://kube.example", "0.0.0.0/0"));
}

TEST(ProxyChoice, a_port_narrows_an_exception) {
  EXPECT_TRUE(is_direct("https://kube.example:6443", "kube.example:6443"));
  EXPECT_FALSE(is_direct("https://kube.example:443", "kube.example:6443"));
  EXPECT_TRUE(is_direct("https://kube.example", "kube.example:443"));
  EXPECT_TRUE(is_direct("https://[fd00::1]:6443", "[fd00::1]:6443"));
  EXPECT_FALSE(is_direct("https://[fd00::1]:443", "[fd00::1]:6443"));
  EXPECT_FALSE(is_direct("https://10.0.0.1:443", "10.0.0.1:6443"));
}

TEST(ProxyChoice, empty_and_damaged_exceptions_except_nothing) {
  for (const char* exception : {"", ",", " , ,", ".", "*.", "[", "[::1", "]", ":", ":443", "/"}) {
    EXPECT_FALSE(is_direct("https://kube.example", exception)) << exception;
    EXPECT_FALSE(is_direct("https://10.0.0.1", exception)) << exception;
  }
}

TEST(ProxyChoice, one_that_cannot_be_used_is_an_error_that_does_not_quote_its_password) {
  for (const char* bad : {"https://u:hush@proxy.example", "ftp://u:hush@p", "http://u:hush@:80x"}) {
    const Error error = error_of(proxy_for(url("https://kube.example"), {{"https_proxy", bad}}));
    EXPECT_EQ(error.code, Errc::invalid_argument);
    EXPECT_EQ(
        error.text(),
        "the environment variable https_proxy is no proxy that can be used; write for example "
        "http://proxy.example:3128 or socks5://127.0.0.1:1080, or name kube.example in "
        "NO_PROXY");
  }
}

TEST(ProxyUrl, is_http_or_socks5_with_a_host) {
  for (const char* good : {"http://p", "http://p:3128/", "socks5://127.0.0.1:1080",
                           "http://user:p@ss@p:3128", "socks5://[::1]:1080"}) {
    EXPECT_TRUE(is_proxy_url(good)) << good;
  }
  for (const char* bad : {"", "p:3128", "https://p", "socks4://p", "http://", "http://p:0",
                          "http://user@", "http://p?x", "socks5h://p"}) {
    EXPECT_FALSE(is_proxy_url(bad)) << bad;
  }
}

}  // namespace
}  // namespace gthulhu
