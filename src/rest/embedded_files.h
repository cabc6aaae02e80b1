// SPDX-License-Identifier: Apache-2.0
//
// Files that are part of the program (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace gthulhu::rest {

// OpenAPI 3.1 as JSON: docs/api/manager.yaml and docs/api/decisionmaker.yaml.
std::string_view manager_document();
std::string_view agent_document();

// A file of the page that shows a document: its content, empty for an unknown name.
std::string_view page_file(std::string_view name);

}  // namespace gthulhu::rest
