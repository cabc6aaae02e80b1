// SPDX-License-Identifier: Apache-2.0
#include "rest/document_routes.h"

#include <string>

#include "rest/embedded_files.h"
#include "rest/reply.h"

namespace gthulhu::rest {

namespace {

constexpr std::string_view page = "/swagger/index.html";

// The page runs its own scripts and asks its own server only. It sets styles on elements.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' "
    "data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view content_type(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  return "text/javascript; charset=utf-8";
}

net::Response to_page(const net::Request&, const PathParameters&) {
  net::Response response;
  response.status = 301;
  response.content_type.clear();
  response.headers.add("Location", std::string(page));
  return response;
}

net::Response file_of_page(const net::Request&, const PathParameters& path) {
  const std::string& name = path.at("file");
  const std::string_view content = page_file(name);
  if (content.empty()) return failure(404, "the page has no file of this name");
  net::Response response;
  response.content_type = content_type(name);
  response.fixed_body = content;
  response.headers.add("Content-Security-Policy", std::string(page_policy));
  return response;
}

}  // namespace

void add_document_routes(Router& router, std::string_view document) {
  const auto whole = [document](const net::Request&, const PathParameters&) {
    net::Response response;
    response.fixed_body = document;
    return response;
  };
  router.add("GET", "/openapi.json", RunsOn::network_thread, whole);
  router.add("GET", "/swagger/doc.json", RunsOn::network_thread, whole);
  router.add("GET", "/swagger", RunsOn::network_thread, &to_page);
  router.add("GET", "/swagger/", RunsOn::network_thread, &to_page);
  router.add("GET", "/swagger/{file}", RunsOn::network_thread, &file_of_page);
}

}  // namespace gthulhu::rest
