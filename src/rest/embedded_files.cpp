// SPDX-License-Identifier: Apache-2.0
#include "rest/embedded_files.h"

// The assembler's symbols: the first byte of each file, and the one behind its last.
extern "C" {
extern const char gthulhu_embedded_manager_document[];
extern const char gthulhu_embedded_manager_document_end[];
extern const char gthulhu_embedded_agent_document[];
extern const char gthulhu_embedded_agent_document_end[];
extern const char gthulhu_embedded_page_html[];
extern const char gthulhu_embedded_page_html_end[];
extern const char gthulhu_embedded_page_js[];
extern const char gthulhu_embedded_page_js_end[];
extern const char gthulhu_embedded_swagger_js[];
extern const char gthulhu_embedded_swagger_js_end[];
extern const char gthulhu_embedded_swagger_css[];
extern const char gthulhu_embedded_swagger_css_end[];
}

namespace gthulhu::rest {

std::string_view manager_document() {
  return {gthulhu_embedded_manager_document, gthulhu_embedded_manager_document_end};
}

std::string_view agent_document() {
  return {gthulhu_embedded_agent_document, gthulhu_embedded_agent_document_end};
}

std::string_view page_file(std::string_view name) {
  if (name == "index.html") return {gthulhu_embedded_page_html, gthulhu_embedded_page_html_end};
  if (name == "page.js") return {gthulhu_embedded_page_js, gthulhu_embedded_page_js_end};
  if (name == "swagger-ui-bundle.js") {
    return {gthulhu_embedded_swagger_js, gthulhu_embedded_swagger_js_end};
  }
  if (name == "swagger-ui.css") {
    return {gthulhu_embedded_swagger_css, gthulhu_embedded_swagger_css_end};
  }
  return {};
}

}  // namespace gthulhu::rest
