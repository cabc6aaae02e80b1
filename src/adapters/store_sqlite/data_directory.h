// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/owned.h"
#include "base/result.h"

namespace gthulhu {

// A directory that belongs to this process alone for as long as this object lives, also among
// processes that were killed: the kernel gives the lock back.
class DataDirectory {
 public:
  // Makes the directory and its missing parents with mode 0700. Errc::conflict when another process
  // has it; messages name the path.
  static Result<DataDirectory> claim(const std::string& path);

  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  DataDirectory(std::string path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  Fd lock_;
};

}  // namespace gthulhu
