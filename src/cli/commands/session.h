// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "cli/api_client.h"
#include "cli/session_file.h"
#include "wire/json.h"

namespace gthulhu {

// A client with the session that `gthulhu login` kept. Errc::unauthenticated when there is none.
Result<ApiClient> client_of_session(const Environment& environment);

// A member of an answer as the text of a table's cell; "" when it is absent or null.
std::string cell(const wire::Value& object, std::string_view member);

// The elements of a list that is a member of an answer; none when it is absent or null.
const wire::Value::Array& list_of(const wire::Value& object, std::string_view member);

}  // namespace gthulhu
