// SPDX-License-Identifier: Apache-2.0
#include "cli/session_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/owned.h"
#include "wire/json.h"

namespace gthulhu {

namespace {

Error cannot(const std::string& what, const std::string& path) {
  return Error{Errc::unavailable, what + " " + path + ": " + std::strerror(errno), ""};
}

}  // namespace

std::string session_path(const Environment& environment) {
  if (const std::string path = variable(environment, "GTHULHU_SESSION"); !path.empty()) return path;
  std::string folder = variable(environment, "XDG_CONFIG_HOME");
  if (folder.empty()) folder = variable(environment, "HOME") + "/.config";
  return folder + "/gthulhu/session.json";
}

Result<SavedSession> load_session(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return Error{Errc::unauthenticated, "not logged in: run `gthulhu login` first", path};
  }
  std::stringstream text;
  text << file.rdbuf();
  const wire::Value document = TRY(wire::parse_json(text.str()));
  wire::ObjectReader reader = TRY(wire::ObjectReader::open(document));
  SavedSession session;
  TRY(reader.read("server", session.server));
  TRY(reader.read("username", session.username));
  TRY(reader.read("token", session.token));
  return session;
}

Result<> save_session(const std::string& path, const SavedSession& session) {
  std::error_code failed;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, failed);
  if (failed) {
    return Error{Errc::unavailable, "cannot make " + folder.string() + ": " + failed.message(), ""};
  }
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  const Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return cannot("cannot write", fresh);
  const std::string text =
      wire::to_text(wire::Value::Object{
          {"server", session.server}, {"username", session.username}, {"token", session.token}}) +
      "\n";
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return cannot("cannot write", fresh);
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return cannot("cannot write", path);
  return {};
}

}  // namespace gthulhu
