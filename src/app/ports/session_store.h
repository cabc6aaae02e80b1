// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "core/model/refresh_session.h"

namespace gthulhu {

// Durable refresh sessions. A function that returns success has its change on disk. Threads: all
// functions from anywhere.
class SessionStore {
 public:
  virtual ~SessionStore() = default;

  virtual Result<std::optional<RefreshSession>> session(const SessionId& id) = 0;

  // Adds a session that begins a family; of the user's families only the newest `families_max`
  // stay; at least 1. Sessions that ended before `session.created` are removed. A family is as old
  // as its newest session.
  virtual Result<> begin_family(const RefreshSession& session, std::size_t families_max) = 0;

  // Marks `id` as replaced at `next.created`, unless it is marked already, and adds `next`, in one
  // step. Errc::not_found when `id` is not there (any more).
  virtual Result<> replace_session(const SessionId& id, const RefreshSession& next) = 0;

  // Nothing to end is a success.
  virtual Result<> end_family(const FamilyId& family) = 0;
  virtual Result<> end_sessions_of(const UserId& user) = 0;
};

}  // namespace gthulhu
