// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "rest/router.h"

namespace gthulhu::rest {

// /openapi.json and /swagger/doc.json answer with `document` (JSON, which outlives the server), and
// /swagger/index.html shows it to people without asking anybody else for anything. /swagger and
// /swagger/ lead there.
void add_document_routes(Router& router, std::string_view document);

}  // namespace gthulhu::rest
