// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "app/manager/account_directory.h"
#include "app/manager/audit_texts.h"
#include "app/manager/session.h"
#include "base/clock.h"
#include "base/result.h"
#include "core/model/account.h"

namespace gthulhu {

// Writes what has become of `before` as its next revision, with both in the audit log.
Result<> replace_user(AccountDirectory::Writer& store,
                      const AuditTexts& texts,
                      const Session& session,
                      const User& before,
                      User after,
                      std::string_view action,
                      TimePoint now);

}  // namespace gthulhu
