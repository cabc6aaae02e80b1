// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "base/result.h"
#include "core/access/permission.h"
#include "core/model/account.h"
#include "core/model/role.h"

namespace gthulhu {

// Whether one of the user's roles grants `wanted`. Errc::forbidden otherwise, with the contract's
// text. Roles that the user names and that do not exist grant nothing.
Result<> authorize(const User& user, std::span<const Role> roles, Permission wanted);

}  // namespace gthulhu
