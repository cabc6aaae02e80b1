// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/login.h"

#include <iostream>

#include "cli/api_client.h"
#include "cli/terminal.h"

namespace gthulhu {

namespace {

Result<std::string> token_for(const std::string& server,
                              const std::string& username,
                              const std::string& password) {
  ApiClient client = TRY(ApiClient::open(server));
  const wire::Value data =
      TRY(client.send("POST", "/api/v1/auth/login",
                      wire::Value::Object{{"username", username}, {"password", password}}));
  const wire::Value* token = data.find("token");
  const std::string* text = token == nullptr ? nullptr : token->as<std::string>();
  if (text == nullptr) return Error{Errc::corrupt, "the server's answer has no token", ""};
  return *text;
}

// Whether the account may do nothing but change its password.
Result<bool> must_change_password(const std::string& server, const std::string& token) {
  ApiClient client = TRY(ApiClient::open(server, token));
  const Result<wire::Value> self = client.get("/api/v1/users/self");
  if (self) return false;
  if (self.error().code == Errc::forbidden && self.error().message == "password change required") {
    return true;
  }
  return self.error();
}

Result<std::string> new_password(const LoginOptions& options) {
  if (!options.new_password_file.empty()) return first_line_of(options.new_password_file);
  const std::string first = TRY(ask_secret("The password must be changed. New password"));
  const std::string second = TRY(ask_secret("New password again"));
  if (first != second) return Error{Errc::invalid_argument, "the two passwords differ", ""};
  return first;
}

}  // namespace

Result<> login(const LoginOptions& options, const Environment& environment) {
  const std::string password =
      TRY(options.password_file.empty() ? ask_secret("Password for " + options.username)
                                        : first_line_of(options.password_file));
  std::string token = TRY(token_for(options.server, options.username, password));
  if (TRY(must_change_password(options.server, token))) {
    const std::string fresh = TRY(new_password(options));
    ApiClient client = TRY(ApiClient::open(options.server, token));
    TRY(client.send("PUT", "/api/v1/users/self/password",
                    wire::Value::Object{{"oldPassword", password}, {"newPassword", fresh}}));
    std::cout << "password changed\n";
    token = TRY(token_for(options.server, options.username, fresh));
  }
  TRY(save_session(session_path(environment), {options.server, options.username, token}));
  std::cout << "logged in to " << options.server << " as " << options.username << '\n';
  return {};
}

}  // namespace gthulhu
