// SPDX-License-Identifier: Apache-2.0
#include "adapters/store_sqlite/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace gthulhu {
namespace {

Error failure(const std::string& path) {
  return Error{Errc::unavailable,
               "the data directory " + path + " cannot be used: " + std::strerror(errno), ""};
}

Result<> make_private(const std::filesystem::path& path) {
  std::error_code ignored;  // "no" is then answered by mkdir
  if (std::filesystem::is_directory(path, ignored)) return {};
  if (path.has_parent_path()) TRY(make_private(path.parent_path()));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failure(path);
  // The new name is on disk once the directory that holds it is.
  const std::string parent = path.has_parent_path() ? path.parent_path().string() : ".";
  const Fd opened(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.valid() || ::fsync(opened.get()) != 0) return failure(parent);
  return {};
}

}  // namespace

Result<DataDirectory> DataDirectory::claim(const std::string& path) {
  // "data/" is the directory "data", also for has_parent_path().
  std::string directory = std::filesystem::path(path).lexically_normal();
  if (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  if (directory.empty()) return Error{Errc::invalid_argument, "the data directory has no name", ""};
  TRY(make_private(directory));
  const std::string name = directory + "/gthulhu.lock";
  Fd lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.valid()) return failure(directory);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failure(directory);
    return Error{
        Errc::conflict,
        "the data directory " + directory +
            " is in use by another gthulhu process; an SQLite store takes one manager only",
        ""};
  }
  return DataDirectory(std::move(directory), std::move(lock));
}

}  // namespace gthulhu
