// SPDX-License-Identifier: Apache-2.0
#include "net/proxy.h"

#include <gmock/gmock.h>

#include <thread>

#include "net/client.h"
#include "net/relay_for_test.h"
#include "net/server_fixture.h"
#include "net/test_certificates.h"

namespace gthulhu::net {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using namespace std::string_literals;

// In no error; also not as HTTP sends it.
const std::string password = "hunter2@:/";
const std::string encoded = "hunter2%40%3A%2F";
const std::string basic = "YW5uOmh1bnRlcjJAOi8=";  // "ann:hunter2@:/"

void say(int peer, std::string_view bytes) {
  (void)::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::string hear(int peer, std::size_t size) {
  std::string bytes(size, '\0');
  const auto got = ::recv(peer, bytes.data(), size, MSG_WAITALL);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::string hear_head(int peer) {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    const std::string byte = hear(peer, 1);
    if (byte.empty()) break;
    head += byte;
  }
  return head;
}

// A client of a host that only the proxy knows.
Result<Response> ask(const std::string& proxy_url,
                     const std::string& url = "http://server.test:81",
                     std::chrono::milliseconds timeout = 10s) {
  ClientSettings settings;
  settings.url = url;
  settings.proxy_url = proxy_url;
  const auto client = TRY(Client::create(settings));
  return client->send({.target = "/quick"}, timeout);
}

std::string url_of(const std::string& scheme, std::uint16_t port, const std::string& user = "") {
  return scheme + "://" + user + "127.0.0.1:" + std::to_string(port);
}

void expect_no_secret(const Error& error) {
  for (const std::string& secret : {password, encoded, basic, "hunter2"s}) {
    EXPECT_THAT(error.text(), Not(HasSubstr(secret)));
  }
}

TEST(HttpProxy, is_asked_to_connect_to_the_server_by_its_name) {
  Serving serving;
  std::string asked;
  Relay proxy(serving.port(), [&](int client) {
    asked = hear_head(client);
    say(client, "HTTP/1.1 200 Connection established\r\nContent-Length: 9\r\n\r\n");
    return true;
  });
  const auto got = ask(url_of("http", proxy.port()));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->body, "GET /quick ");
  EXPECT_EQ(asked, "CONNECT server.test:81 HTTP/1.1\r\nHost: server.test:81\r\n\r\n");
  const auto with_user =
      ask(url_of("http", proxy.port(), "ann:" + encoded + "@"), "http://[::1]:2");
  ASSERT_TRUE(with_user) << with_user.error().text();
  EXPECT_EQ(asked, "CONNECT [::1]:2 HTTP/1.1\r\nHost: [::1]:2\r\nProxy-Authorization: Basic " +
                       basic + "\r\n\r\n");
}

TEST(HttpProxy, carries_tls_and_keeps_its_connection) {
  const TestAuthority authority("servers");
  const auto shown = authority.issue("server", "DNS:server.test");
  Serving serving(quick_limits(), {}, TlsSettings{shown.certificate_pem, shown.key_pem, {}});
  Relay proxy(serving.port(), [](int client) {
    hear_head(client);
    say(client, "HTTP/1.0 200 OK\r\n\r\n");
    return true;
  });
  ClientSettings settings;
  settings.url = "https://server.test";
  settings.ca_pem = authority.certificate_pem();
  settings.proxy_url = url_of("http", proxy.port());
  const auto client = Client::create(settings).value();
  for (int i = 0; i < 3; ++i) {
    const auto got = client->send({.target = "/worker/big"}, 10s);
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_EQ(got->body.size(), 4U * 1024 * 1024);
  }
  EXPECT_EQ(proxy.accepted(), 1);
}

TEST(HttpProxy, that_refuses_is_named_with_its_status) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"407 Who are you", "407 Proxy Authentication Required; are the user"},
      {"403 No", "403 Forbidden"},
      {"502 Bad", "502 Bad Gateway"},
      {"301 Elsewhere", "301"},
  };
  for (const auto& [status, text] : cases) {
    Relay proxy(1, [&answer = status](int client) {
      hear_head(client);
      say(client, "HTTP/1.1 " + answer + "\r\nContent-Length: 4\r\n\r\nbody");
      return false;
    });
    const auto got = ask(url_of("http", proxy.port(), "ann:" + encoded + "@"));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::unavailable);
    EXPECT_THAT(got.error().message,
                AllOf(HasSubstr("proxy 127.0.0.1:" + std::to_string(proxy.port())),
                      HasSubstr("server.test:81"), HasSubstr(text)));
    expect_no_secret(got.error());
  }
}

TEST(HttpProxy, that_says_anything_else_is_none) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"\x05\xff nonsense of another kind\r\n\r\n", "does not answer in HTTP"},
      {"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n", "does not answer in HTTP"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'x'), "does not answer in HTTP"},
      {"HTTP/1.1 200", "broke off"},
      {"", "broke off"},
  };
  for (const auto& [bytes, text] : cases) {
    Relay proxy(1, [&answer = bytes](int client) {
      hear_head(client);
      say(client, answer);
      ::shutdown(client, SHUT_WR);
      hear(client, 1);
      return false;
    });
    const auto got = ask(url_of("http", proxy.port()));
    ASSERT_FALSE(got) << bytes;
    EXPECT_EQ(got.error().code, Errc::unavailable);
    EXPECT_THAT(got.error().message, AllOf(HasSubstr("the proxy"), HasSubstr(text))) << bytes;
  }
}

TEST(Proxy, that_is_silent_or_not_there_is_named) {
  std::uint16_t gone = 0;
  for (const std::string scheme : {"http", "socks5"}) {
    const Listener silent;
    gone = Listener().port();
    const std::string user = "ann:" + encoded + "@";
    const auto late = ask(url_of(scheme, silent.port(), user), "https://server.test", 50ms);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::timeout);
    EXPECT_THAT(late.error().message, HasSubstr("through the proxy 127.0.0.1:"));
    expect_no_secret(late.error());
    const auto refused = ask(url_of(scheme, gone, user));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    EXPECT_THAT(refused.error().message, HasSubstr("no connection to the proxy 127.0.0.1:"));
    expect_no_secret(refused.error());
  }
}

// A SOCKS5 proxy that chooses this way to log in, and answers a request with this.
struct Socks {
  char way = 0;
  std::string reply = "\x05\x00\x00\x01"s + std::string(6, '\0');
  char login_status = 0;
  // What it heard.
  std::string offer = {};
  std::string login = {};
  std::string request = {};

  bool greet(int client) {
    offer = hear(client, 2);
    offer += hear(client, last_of(offer));
    say(client, std::string{5, way});
    if (way == 2) {
      login = hear(client, 2);
      login += hear(client, last_of(login) + 1);
      login += hear(client, last_of(login));
      say(client, std::string{1, login_status});
      if (login_status != 0) return false;
    }
    request = hear(client, 5);
    if (request.size() < 5) return false;
    const std::size_t rest = request[3] == 1 ? 3 : request[3] == 4 ? 15 : last_of(request);
    request += hear(client, rest + 2);
    say(client, reply);
    return reply[1] == 0;
  }

 private:
  static std::size_t last_of(const std::string& bytes) {
    return bytes.empty() ? 0 : static_cast<unsigned char>(bytes.back());
  }
};

TEST(SocksProxy, gets_names_and_addresses_as_they_are) {
  Serving serving;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"http://server.test:81", "\x05\x01\x00\x03\x0bserver.test\x00\x51"s},
      {"http://10.1.2.3:65000", "\x05\x01\x00\x01\x0a\x01\x02\x03\xfd\xe8"s},
      {"http://[::2]", "\x05\x01\x00\x04"s + std::string(15, '\0') + "\x02\x00\x50"s},
  };
  const std::vector<std::string> replies = {
      "\x05\x00\x00\x01"s + std::string(6, '\0'),
      "\x05\x00\x00\x04"s + std::string(18, '\0'),
      "\x05\x00\x00\x03\x03"s + "abc" + "\x00\x50"s,
      "\x05\x00\x00\x03\x00\x00\x50"s,
  };
  for (const auto& [url, request] : cases) {
    for (const std::string& reply : replies) {
      for (const std::string scheme : {"socks5", "socks5h"}) {
        Socks socks{.reply = reply};
        Relay proxy(serving.port(), [&](int client) { return socks.greet(client); });
        const auto got = ask(url_of(scheme, proxy.port()), url);
        ASSERT_TRUE(got) << url << got.error().text();
        EXPECT_EQ(got->body, "GET /quick ");
        EXPECT_EQ(socks.offer, "\x05\x01\x00"s);
        EXPECT_EQ(socks.request, request);
      }
    }
  }
}

TEST(SocksProxy, is_told_the_user_when_it_wants_one) {
  Serving serving;
  Socks socks{.way = 2};
  Relay proxy(serving.port(), [&](int client) { return socks.greet(client); });
  const auto got = ask(url_of("socks5", proxy.port(), "ann:" + encoded + "@"));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(socks.offer, "\x05\x02\x00\x02"s);
  EXPECT_EQ(socks.login,
            "\x01\x03"
            "ann"
            "\x0a"s +
                password);
}

TEST(SocksProxy, that_refuses_is_named_with_the_reason) {
  const std::string user = "ann:" + encoded + "@";
  const std::vector<std::tuple<Socks, std::string, std::string>> cases = {
      {{.way = '\xff'}, "", "wants a user"},
      {{.way = '\xff'}, user, "takes neither"},
      {{.way = 2}, "", "wants a user"},
      {{.way = 2, .login_status = 1}, user, "refuses the user or the password"},
      {{.reply = "\x05\x02\x00\x01"s + std::string(6, '\0')}, user, "not allowed by its rules"},
      {{.reply = "\x05\x05\x00\x01"s + std::string(6, '\0')}, "", "connection refused"},
      {{.reply = "\x05\x63\x00\x01"s + std::string(6, '\0')}, "", "does not know"},
  };
  for (const auto& [behaviour, shown, text] : cases) {
    Socks socks = behaviour;
    Relay proxy(1, [&](int client) {
      socks.greet(client);
      return false;
    });
    const auto got = ask(url_of("socks5", proxy.port(), shown));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::unavailable);
    EXPECT_THAT(
        got.error().message,
        AllOf(HasSubstr("proxy 127.0.0.1:" + std::to_string(proxy.port())), HasSubstr(text)));
    expect_no_secret(got.error());
  }
}

TEST(SocksProxy, that_speaks_http_is_none) {
  Serving serving;
  const auto got = ask(url_of("socks5", serving.port()));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::unavailable);
  EXPECT_THAT(got.error().message, HasSubstr("is it an HTTP proxy?"));
  const auto too_long = ask(url_of("socks5", serving.port()), "http://" + std::string(256, 'a'));
  ASSERT_FALSE(too_long);
  EXPECT_THAT(too_long.error().message, HasSubstr("255"));
}

TEST(ProxyUrl, is_understood) {
  const auto full = parse_proxy_url("socks5h://ann:a%3Ab%40c@[::1]:9/");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->kind, Proxy::Kind::socks5);
  EXPECT_EQ(full->where.text(), "[::1]:9");
  EXPECT_EQ(full->user, "ann");
  EXPECT_EQ(full->password, "a:b@c");
  EXPECT_EQ(parse_proxy_url("http://h")->where.text(), "h:80");
  EXPECT_EQ(parse_proxy_url("socks5://h")->where.text(), "h:1080");
  EXPECT_EQ(parse_proxy_url("http://ann@h")->user, "ann");
}

TEST(ProxyUrl, is_refused_with_a_reason_and_without_its_secrets) {
  for (const std::string text :
       {"proxy:3128", "https://ann:hunter2@h:1", "ftp://ann:hunter2@h", "http://ann:hunter2@",
        "http://ann:hunter2@h:0", "http://ann:hunter2@h:x", "http://ann:hunter2/@h",
        "http://ann:hunter2%zz@h", "http://a%3An:hunter2@h", "http://ann:hunter2@h/path",
        "http://ann:hunter2", "http://hunter2:h@::1", "socks4://hunter2@h", "hunter2"}) {
    const auto refused = parse_proxy_url(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_THAT(refused.error().message, HasSubstr("write for example")) << text;
    expect_no_secret(refused.error());
  }
  const auto tls = parse_proxy_url("https://h");
  ASSERT_FALSE(tls);
  EXPECT_THAT(tls.error().message, HasSubstr("https://) is not supported"));
  EXPECT_FALSE(parse_proxy_url("socks5://" + std::string(256, 'a') + "@h"));
}

}  // namespace
}  // namespace gthulhu::net
