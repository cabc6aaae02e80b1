// SPDX-License-Identifier: Apache-2.0
#include "net/request_text.h"

#include "net/response_head.h"

namespace gthulhu::net {

Result<std::string> request_text(const ClientRequest& request,
                                 const ServerUrl& url,
                                 bool accept_gzip) {
  const bool target_fits = request.target.starts_with('/') && is_field_value(request.target) &&
                           request.target.find(' ') == std::string::npos;
  if (!is_token(request.method) || !target_fits) {
    return Error{Errc::invalid_argument, "this request cannot be sent",
                 request.method + " " + request.target};
  }
  std::string text = request.method + " " + url.path + request.target +
                     " HTTP/1.1\r\nHost: " + url.authority() + "\r\n";
  for (const auto& [name, value] : request.headers.fields()) {
    if (!is_token(name) || !is_field_value(value)) {
      return Error{Errc::invalid_argument, "a header field cannot be sent", name};
    }
    text += name + ": " + value + "\r\n";
  }
  if (accept_gzip && request.headers.find("Accept-Encoding") == nullptr) {
    text += "Accept-Encoding: gzip\r\n";
  }
  const bool empty_post = request.method == "POST" || request.method == "PUT";
  if (!request.body.empty() || empty_post) {
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  text += "\r\n" + request.body;
  return text;
}

bool is_repeatable(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" ||
         method == "OPTIONS";
}

}  // namespace gthulhu::net
