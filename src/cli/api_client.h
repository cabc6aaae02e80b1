// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "net/client.h"
#include "wire/json.h"

namespace gthulhu {

// The manager's REST API for the client commands: adds the token, opens the envelope, turns error
// answers into Errors whose message is the server's own text.
class ApiClient {
 public:
  // `server` is http://HOST:PORT or https://HOST:PORT. Without a token only login works.
  static Result<ApiClient> open(std::string server, std::string token = {});

  // The data of the answer; null when it has none.
  Result<wire::Value> get(const std::string& target);
  Result<wire::Value> send(std::string method, const std::string& target, const wire::Value& body);

 private:
  ApiClient(std::unique_ptr<net::Client> client, std::string token)
      : client_(std::move(client)), token_(std::move(token)) {}

  Result<wire::Value> request(net::ClientRequest request);

  std::unique_ptr<net::Client> client_;
  std::string token_;
};

}  // namespace gthulhu
