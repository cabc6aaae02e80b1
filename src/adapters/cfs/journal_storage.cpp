// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/journal_storage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace gthulhu {

namespace {

constexpr mode_t only_us = 0600;

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Error JournalOnDisk::failure(std::string_view what) const {
  return Error{Errc::unavailable,
               std::string(what) + " the journal " + path_ + ": " + std::strerror(errno), ""};
}

Result<std::string> JournalOnDisk::read() {
  const Fd file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) return std::string();
  if (!file.valid()) return failure("cannot read");
  std::string text;
  std::array<char, 65'536> piece{};
  for (;;) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure("cannot read");
    if (got == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

Result<> JournalOnDisk::append(std::string_view text) {
  if (!file_.valid()) {
    file_ = Fd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, only_us));
    if (!file_.valid()) return failure("cannot open");
  }
  if (!write_all(file_.get(), text)) return failure("cannot write");
  return {};
}

Result<> JournalOnDisk::replace(std::string_view text) {
  const std::string name = path_ + ".new";
  Fd file(::open(name.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, only_us));
  if (!file.valid()) return failure("cannot replace");
  if (!write_all(file.get(), text) || ::rename(name.c_str(), path_.c_str()) != 0) {
    Error error = failure("cannot replace");
    ::unlink(name.c_str());
    return error;
  }
  file_ = std::move(file);
  return {};
}

Result<std::string> JournalOnDisk::move_aside() {
  std::string name;
  for (int number = 1;; ++number) {
    name = path_ + ".damaged-" + std::to_string(number);
    // Atomic, and refuses to overwrite what an earlier accident left.
    if (::link(path_.c_str(), name.c_str()) == 0) break;
    if (errno != EEXIST) return failure("cannot set aside");
  }
  return name;
}

}  // namespace gthulhu
