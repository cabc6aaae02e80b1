// SPDX-License-Identifier: Apache-2.0
//
// For tests of this folder only.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "main/config/load.h"
#include "tests/fakes/temp_directory.h"

namespace gthulhu {

// A directory with configuration files that goes away with the object.
class ConfigFiles {
 public:
  // The path of the new file; the directories of its name are made.
  std::string write(const std::string& name, std::string_view text) const {
    const std::filesystem::path path = std::filesystem::path(root()) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }

  [[nodiscard]] std::string root() const { return directory_.path(); }

 private:
  TempDirectory directory_;
};

// A machine without files, variables and flags.
inline LoadOptions bare() {
  LoadOptions options;
  options.search_directories.clear();
  options.host_name = "host-1";
  options.root = true;
  return options;
}

// A manager's configuration of one text; the file is where -d says.
class OneFile {
 public:
  explicit OneFile(std::string_view text, const std::string& name = "manager_config.toml")
      : path_(files_.write(name, text)) {
    options = bare();
    options.config_directory = files_.root();
  }

  LoadOptions options;

  [[nodiscard]] std::string at(const std::string& position) const { return path_ + ":" + position; }

 private:
  ConfigFiles files_;
  std::string path_;
};

// The text of the manager's refusal, which there must be.
inline std::string refusal(const LoadOptions& options) {
  const auto loaded = load_manager_config(options);
  EXPECT_FALSE(loaded);
  if (loaded) return "";
  EXPECT_EQ(loaded.error().code, Errc::invalid_argument);
  return loaded.error().text();
}

inline std::string refusal_of(std::string_view text) {
  return refusal(OneFile(text).options);
}

inline constexpr const char* some_private_pem =
    "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
inline constexpr const char* some_certificate_pem =
    "-----BEGIN CERTIFICATE-----\nb3Blbg==\n-----END CERTIFICATE-----\n";

}  // namespace gthulhu
