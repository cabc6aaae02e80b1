// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "core/model/account.h"
#include "core/model/role.h"

namespace gthulhu {

// What a user or role that is written must be like. Errc::invalid_argument; the message begins
// with the field's name as clients send it, and names the field.

// 1 to 256 characters.
Result<> check_username(std::string_view name);

// 1 to 256 characters of name, up to 4096 of description.
Result<> check_role_texts(const Role& role);

// Up to 1000 policies with keys of the catalogue, namespaces of up to 256 characters. `field` is
// what the list is called where it came from.
Result<> check_policies(const std::vector<RolePolicy>& policies, std::string_view field);

// 1, 2 or 3.
Result<UserStatus> parse_user_status(std::int64_t number);

}  // namespace gthulhu
