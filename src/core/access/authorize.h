// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "base/result.h"
#include "core/access/permission.h"
#include "core/access/scope.h"
#include "core/model/account.h"
#include "core/model/role.h"

namespace gthulhu {

// Where the user may do `wanted`: all policies with that key of all his roles. Errc::forbidden,
// with the contract's text, when there is none. Roles that the user names and that do not exist
// grant nothing.
Result<Scope> authorize(const User& user, std::span<const Role> roles, Permission wanted);

}  // namespace gthulhu
