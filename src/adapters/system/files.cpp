// SPDX-License-Identifier: Apache-2.0
#include "adapters/system/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/owned.h"

namespace gthulhu {
namespace {

Error failure(std::string_view what, const std::string& path) {
  const int reason = errno;
  const bool missing = reason == ENOENT || reason == ENOTDIR;
  return Error{missing ? Errc::not_found : Errc::unavailable,
               std::string(what) + " " + path + ": " + std::strerror(reason), ""};
}

// Removes a half-written file unless it became the real one.
class TemporaryFile {
 public:
  static Result<TemporaryFile> make_beside(const std::string& path) {
    std::string name = path + ".XXXXXX";
    Fd file(::mkostemp(name.data(), O_CLOEXEC));
    if (!file.valid()) return failure("cannot write", path);
    return TemporaryFile(std::move(name), std::move(file));
  }
  TemporaryFile(TemporaryFile&&) noexcept = default;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    if (file_.valid() && !renamed_) ::unlink(name_.c_str());
  }

  [[nodiscard]] int descriptor() const { return file_.get(); }

  bool rename_to(const std::string& path) {
    renamed_ = ::rename(name_.c_str(), path.c_str()) == 0;
    return renamed_;
  }

 private:
  TemporaryFile(std::string name, Fd file) : name_(std::move(name)), file_(std::move(file)) {}

  std::string name_;
  Fd file_;
  bool renamed_ = false;
};

bool write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// A new name is on disk only once its directory is.
Result<> sync_directory_of(const std::string& path) {
  std::string directory = std::filesystem::path(path).parent_path();
  if (directory.empty()) directory = ".";
  const Fd opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.valid() || ::fsync(opened.get()) != 0) return failure("cannot sync", directory);
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t most) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return failure("cannot read", path);
  std::string content;
  std::array<char, 16'384> piece{};
  for (;;) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure("cannot read", path);
    if (got == 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(got));
    if (content.size() > most) {
      return Error{Errc::too_large, path + " holds more than " + std::to_string(most) + " bytes",
                   ""};
    }
  }
}

Result<> write_file(const std::string& path, std::string_view content, mode_t mode) {
  TemporaryFile file = TRY(TemporaryFile::make_beside(path));
  if (::fchmod(file.descriptor(), mode) != 0 || !write_all(file.descriptor(), content) ||
      ::fsync(file.descriptor()) != 0 || !file.rename_to(path)) {
    return failure("cannot write", path);
  }
  return sync_directory_of(path);
}

Result<> make_directories(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0) return sync_directory_of(path);
  if (errno == EEXIST) {
    struct stat found{};
    if (::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) return {};
    errno = ENOTDIR;
    return Error{Errc::unavailable, path + " is not a directory", ""};
  }
  const std::string parent = std::filesystem::path(path).parent_path();
  if (errno != ENOENT || parent.empty() || parent == path) {
    return failure("cannot make the directory", path);
  }
  TRY(make_directories(parent, mode));
  // Another process may have made it meanwhile.
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) {
    return failure("cannot make the directory", path);
  }
  return sync_directory_of(path);
}

}  // namespace gthulhu
