// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/owned.h"
#include "base/result.h"

namespace gthulhu {

// The file under the journal; tests fill its disk. Errors are Errc::unavailable and name the path.
// Threads: one at a time.
class JournalStorage {
 public:
  virtual ~JournalStorage() = default;
  // Empty when there is none yet.
  virtual Result<std::string> read() = 0;
  virtual Result<> append(std::string_view text) = 0;
  // Replaces the whole, or nothing: a new file, and rename.
  virtual Result<> replace(std::string_view text) = 0;
  // Keeps the present file under another name, which is returned.
  virtual Result<std::string> move_aside() = 0;
};

class JournalOnDisk : public JournalStorage {
 public:
  // The directory of `path` must exist. Mode 0600.
  explicit JournalOnDisk(std::string path) : path_(std::move(path)) {}

  Result<std::string> read() override;
  Result<> append(std::string_view text) override;
  Result<> replace(std::string_view text) override;
  Result<std::string> move_aside() override;

 private:
  [[nodiscard]] Error failure(std::string_view what) const;

  std::string path_;
  Fd file_;  // open for appending, once something was
};

}  // namespace gthulhu
