// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/owned.h"

namespace gthulhu {

namespace {

// ENODEV comes from a file of a removed cgroup, ESRCH from a file of a task that has ended.
bool means_gone(int number) {
  return number == ENOENT || number == ENODEV || number == ESRCH || number == ENOTDIR;
}

Error unreadable(const std::string& path, int number) {
  return Error{Errc::unavailable, "cannot read " + path, std::strerror(number)};
}

}  // namespace

Result<FileState> read_small_file(int directory_fd, const std::string& path, std::string& content) {
  const Fd file(::openat(directory_fd, path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    if (means_gone(errno)) return FileState::gone;
    return unreadable(path, errno);
  }
  constexpr std::size_t step = 4096;
  content.clear();
  for (;;) {
    const std::size_t before = content.size();
    content.resize(before + step);
    const ssize_t count = ::read(file.get(), content.data() + before, step);
    content.resize(before + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count == 0) return FileState::present;
    if (count < 0 && errno != EINTR) {
      if (means_gone(errno)) return FileState::gone;
      return unreadable(path, errno);
    }
  }
}

Result<> write_small_file(const std::string& path, std::string_view content) {
  const auto failed = [&path](int number) {
    const Errc code = number == ENOENT                      ? Errc::not_found
                      : number == EACCES || number == EPERM ? Errc::forbidden
                                                            : Errc::unavailable;
    return Error{code, "cannot write " + path, std::strerror(number)};
  };
  const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid()) return failed(errno);
  if (::write(file.get(), content.data(), content.size()) < 0) return failed(errno);
  return {};
}

}  // namespace gthulhu
