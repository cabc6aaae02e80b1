// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/environment.h"
#include "base/result.h"

namespace gthulhu {

// Where the client keeps what a login gave it: a file that only its owner can read.
struct SavedSession {
  std::string server;  // http://HOST:PORT
  std::string username;
  std::string token;
};

// $GTHULHU_SESSION, else $XDG_CONFIG_HOME/gthulhu/session.json, else
// ~/.config/gthulhu/session.json.
std::string session_path(const Environment& environment);

// Errc::unauthenticated when there is none: log in first.
Result<SavedSession> load_session(const std::string& path);
// Replaces the file in one step; it is never readable by others, and no link is followed.
Result<> save_session(const std::string& path, const SavedSession& session);

}  // namespace gthulhu
