// SPDX-License-Identifier: Apache-2.0
//
// For tests: files as an operator or a kubelet would write them, and plugins that are scripts.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "base/environment.h"
#include "base/result.h"
#include "tests/fakes/temp_directory.h"

namespace gthulhu {

class KubeGround {
 public:
  // The path of the file, whose folder is made.
  std::string write(const std::string& name, const std::string& content) const {
    const std::string path = directory_.file(name);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << content;
    return path;
  }

  std::string write_script(const std::string& name, const std::string& lines) const {
    const std::string path = write(name, "#!/bin/sh\n" + lines);
    EXPECT_EQ(::chmod(path.c_str(), 0700), 0);
    return path;
  }

  void remove(const std::string& name) const { std::filesystem::remove(directory_.file(name)); }

  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(directory_.file(name));
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  [[nodiscard]] std::string file(const std::string& name) const { return directory_.file(name); }
  [[nodiscard]] const std::string& path() const { return directory_.path(); }

  // So that scripts find the programs of the system.
  static Environment environment() { return {{"PATH", "/usr/bin:/bin"}}; }

 private:
  TempDirectory directory_;
};

// The error that there must be.
template <class T>
Error error_of(const Result<T>& result) {
  if (!result) return result.error();
  ADD_FAILURE() << "there is no error";
  return {};
}

// The value that there must be, or the test ends with the error that is there instead.
template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return *std::move(result);
}

}  // namespace gthulhu
