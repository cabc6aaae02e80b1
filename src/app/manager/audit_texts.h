// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "core/model/account.h"
#include "core/model/role.h"
#include "core/model/strategy.h"

namespace gthulhu {

// How things are written into the audit log, as JSON. No text has a password or a hash of one.
struct AuditTexts {
  std::function<std::string(const Strategy&)> strategy;
  std::function<std::string(const User&)> user;
  std::function<std::string(const Role&)> role;
};

}  // namespace gthulhu
