// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/owned.h"

namespace gthulhu {
namespace {

Error unreadable(const std::string& path, std::string_view what) {
  const int reason = errno;
  const bool missing = reason == ENOENT || reason == ENOTDIR;
  return {missing ? Errc::not_found : Errc::unavailable,
          std::string(what) + " " + path + " cannot be read: " + std::strerror(reason), ""};
}

}  // namespace

Result<std::string> read_small_file(const std::string& path, std::string_view what) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.valid()) return unreadable(path, what);
  std::string content;
  std::array<char, 16'384> piece{};
  for (;;) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, what);
    if (got == 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(got));
    if (content.size() > small_file_most) {
      return Error{Errc::too_large,
                   std::string(what) + " " + path + " holds more than " +
                       std::to_string(small_file_most) + " bytes",
                   ""};
    }
  }
}

}  // namespace gthulhu
