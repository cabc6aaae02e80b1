// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "net/client.h"
#include "wire/json.h"

namespace gthulhu {

// A server's REST API for the client commands: adds the token, opens the envelope, turns error
// answers into Errors whose message is the server's own text.
class ApiClient {
 public:
  // `server` is http://HOST:PORT or https://HOST:PORT. Without a token only login works.
  static Result<ApiClient> open(std::string server, std::string token = {});

  // Of a decision maker, with a token that its key has signed. `ca_file` is whose certificates are
  // trusted; empty: those that the system trusts.
  static Result<ApiClient> open_node(std::string server, std::string token, std::string ca_file);

  // The data of the answer; null when it has none.
  Result<wire::Value> get(const std::string& target);
  Result<wire::Value> send(std::string method, const std::string& target, const wire::Value& body);

 private:
  ApiClient(std::unique_ptr<net::Client> client, std::string token, std::string when_refused)
      : client_(std::move(client)),
        token_(std::move(token)),
        when_refused_(std::move(when_refused)) {}

  Result<wire::Value> request(net::ClientRequest request);

  std::unique_ptr<net::Client> client_;
  std::string token_;
  std::string when_refused_;  // what helps when the token is not taken
};

}  // namespace gthulhu
