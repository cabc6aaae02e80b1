// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace gthulhu {

// One mapping of a YAML document, whose fields are asked for by name; others are never looked at.
// A field that is absent or null is empty. All errors are Errc::invalid_argument; their messages
// begin with the file and the field's path ("users[admin].user.token"), which is also their
// Error::field, and never quote a value.
class YamlFields {
 public:
  using TextsByName = std::vector<std::pair<std::string, std::vector<std::string>>>;

  // The first document of `text`, which has a bounded size. `file` is for messages.
  static Result<YamlFields> parse(const std::string& text, std::string file);

  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] Result<std::string> text(std::string_view key) const;
  // true and false; false when absent.
  [[nodiscard]] Result<bool> truth(std::string_view key) const;
  // At most 1000 texts, and 1 MiB of them: an alias may stand in the place of each. Likewise in
  // texts_by_name().
  [[nodiscard]] Result<std::vector<std::string>> texts(std::string_view key) const;
  [[nodiscard]] Result<TextsByName> texts_by_name(std::string_view key) const;
  // A mapping within; one without fields when absent.
  [[nodiscard]] Result<YamlFields> fields(std::string_view key) const;
  // The mappings of a list, each known by its field `name` where it has one.
  [[nodiscard]] Result<std::vector<YamlFields>> each(std::string_view key) const;

  // An error of this field, "FILE: PATH WHAT".
  [[nodiscard]] Error refused(std::string_view key, std::string_view what) const;
  [[nodiscard]] const std::string& file() const { return *file_; }

 private:
  struct Node;  // of the library
  struct Budget;

  YamlFields(std::shared_ptr<const std::string> file,
             std::string path,
             std::shared_ptr<const Node> node)
      : file_(std::move(file)), path_(std::move(path)), node_(std::move(node)) {}

  [[nodiscard]] Node find(std::string_view key) const;
  [[nodiscard]] std::string path_of(std::string_view key) const;
  [[nodiscard]] Result<std::vector<std::string>> texts_of(const Node& list,
                                                          std::string_view key,
                                                          Budget& budget) const;

  std::shared_ptr<const std::string> file_;
  std::string path_;  // of this mapping; empty for the document
  std::shared_ptr<const Node> node_;
};

}  // namespace gthulhu
