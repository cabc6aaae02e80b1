// SPDX-License-Identifier: Apache-2.0
//
// A blocking HTTP/1.1 client for commands and tests: one server, one request at a time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"
#include "net/limits.h"

namespace gthulhu::net {

// A server, as its users write it.
struct ServerUrl {
  bool tls = false;
  std::string host;  // without brackets
  std::uint16_t port = 0;
  std::string path;  // put before each target; without '/' at its end

  [[nodiscard]] std::string authority() const;  // "[::1]:8081"
  bool operator==(const ServerUrl&) const = default;
};

// "http://host:port", "https://host/below"; ports 80 and 443 if there is none.
// Errc::invalid_argument with what is wrong and an example.
Result<ServerUrl> parse_server_url(std::string_view text);

struct ClientSettings {
  std::string url;
  // Only https. Whose certificates are trusted: a file, else PEM text, else the system's roots.
  std::string ca_file;
  std::string ca_pem;
  std::string certificate_pem;  // of its own, for servers that want one
  std::string private_key_pem;
  std::string server_name;  // expected in the certificate, when not the host of the URL
  ClientLimits limits = {};
};

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";  // path and query, percent-encoded
  Headers headers = {};      // Host and Content-Length are written by the client
  std::string body = {};
};

// Takes the next piece of a body; false: no more is wanted.
using BodySink = std::function<bool(std::string_view piece)>;

struct StreamTimeouts {
  std::chrono::milliseconds head;  // from the request to the answer's head
  std::chrono::milliseconds idle;  // from one piece of the body to the next
};

// Keeps its connection between requests. Threads: one at a time, stop() from anywhere.
class Client {
 public:
  // Reads the CA file and checks the settings; connects later.
  static Result<std::unique_ptr<Client>> create(ClientSettings settings);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The answer, whatever its status. `timeout` is for all of it, but for looking up a host name
  // (that is bounded by the system's resolver).
  // Errc::unavailable: no connection (the message says what to check); Errc::timeout;
  // Errc::too_large; Errc::corrupt: not HTTP; Errc::invalid_argument: a header or target that
  // cannot be sent.
  Result<Response> send(const ClientRequest& request, std::chrono::milliseconds timeout);

  // As send(), but the body of a 200 goes to `sink` as it comes, however long it is; it returns
  // where the body ends, or where the sink wants no more. Errc::timeout when a deadline passed.
  // Errors may come after pieces of a body; one that was cut short ends in Errc::corrupt.
  Result<Response> stream(const ClientRequest& request,
                          const BodySink& sink,
                          StreamTimeouts timeouts);

  // For good: a request that is under way, and all that follow, end with Errc::unavailable.
  void stop();

 private:
  struct Session;
  explicit Client(std::unique_ptr<Session> session);

  std::unique_ptr<Session> session_;
};

}  // namespace gthulhu::net
