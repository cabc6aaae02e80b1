// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/yaml_fields.h"

#include <yaml-cpp/yaml.h>

namespace gthulhu {

struct YamlFields::Node {
  YAML::Node yaml;

  [[nodiscard]] bool absent() const { return !yaml.IsDefined() || yaml.IsNull(); }
};

// What one list may still take.
struct YamlFields::Budget {
  std::size_t texts = 1'000;
  std::size_t bytes = 1024 * 1024;

  bool take(std::size_t size) {
    if (texts == 0 || size > bytes) return false;
    --texts;
    bytes -= size;
    return true;
  }
};

namespace {

// The library's description without the names out of the document that it ends with.
std::string description(const YAML::Exception& failure) {
  return failure.msg.substr(0, failure.msg.find(':'));
}

// Longer ones are no names that anybody would look for in a message.
constexpr std::size_t name_most = 253;

// As in JSON, a program's zero byte would end it early somewhere.
bool is_text(const YAML::Node& node) {
  return node.IsScalar() && node.Scalar().find('\0') == std::string::npos;
}

}  // namespace

Result<YamlFields> YamlFields::parse(const std::string& text, std::string file) {
  const auto refuse = [&file](const std::string& why) {
    return Error{Errc::invalid_argument, file + " " + why, ""};
  };
  try {
    const YAML::Node document = YAML::Load(text);
    if (!document.IsMap() && !document.IsNull()) return refuse("is no mapping of YAML");
    return YamlFields(std::make_shared<const std::string>(std::move(file)), "",
                      std::make_shared<const Node>(Node{document}));
  } catch (const YAML::Exception& failure) {
    return refuse("is not YAML at line " + std::to_string(failure.mark.line + 1) + ", column " +
                  std::to_string(failure.mark.column + 1) + ": " + description(failure));
  } catch (const std::exception&) {
    return refuse("cannot be read as YAML");
  }
}

// With the reading of a node the library throws only where its kind was not looked at before.
YamlFields::Node YamlFields::find(std::string_view key) const {
  const YAML::Node& mapping = node_->yaml;
  if (!mapping.IsMap()) return {YAML::Node()};
  for (const auto& entry : mapping) {
    if (entry.first.IsScalar() && entry.first.Scalar() == key) return {entry.second};
  }
  return {YAML::Node()};
}

std::string YamlFields::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

Error YamlFields::refused(std::string_view key, std::string_view what) const {
  const std::string path = path_of(key);
  return {Errc::invalid_argument, *file_ + ": " + path + " " + std::string(what), "", path};
}

bool YamlFields::has(std::string_view key) const {
  return !find(key).absent();
}

Result<std::string> YamlFields::text(std::string_view key) const {
  const Node found = find(key);
  if (found.absent()) return std::string();
  if (!is_text(found.yaml)) return refused(key, "must be a text");
  return found.yaml.Scalar();
}

Result<bool> YamlFields::truth(std::string_view key) const {
  const Node found = find(key);
  if (found.absent()) return false;
  bool truth = false;
  if (!YAML::convert<bool>::decode(found.yaml, truth)) {
    return refused(key, "must be true or false");
  }
  return truth;
}

Result<std::vector<std::string>> YamlFields::texts_of(const Node& list,
                                                      std::string_view key,
                                                      Budget& budget) const {
  std::vector<std::string> texts;
  if (list.absent()) return texts;
  if (!list.yaml.IsSequence()) return refused(key, "must be a list of texts");
  for (const YAML::Node& item : list.yaml) {
    if (!is_text(item)) return refused(key, "must be a list of texts");
    if (!budget.take(item.Scalar().size())) return refused(key, "holds too much");
    texts.push_back(item.Scalar());
  }
  return texts;
}

Result<std::vector<std::string>> YamlFields::texts(std::string_view key) const {
  Budget budget;
  return texts_of(find(key), key, budget);
}

Result<YamlFields::TextsByName> YamlFields::texts_by_name(std::string_view key) const {
  TextsByName found;
  const Node mapping = find(key);
  if (mapping.absent()) return found;
  if (!mapping.yaml.IsMap()) return refused(key, "must be a mapping of lists of texts");
  Budget names;
  Budget budget;
  for (const auto& entry : mapping.yaml) {
    if (!is_text(entry.first)) return refused(key, "must be a mapping of lists of texts");
    if (!names.take(entry.first.Scalar().size())) return refused(key, "holds too much");
    found.emplace_back(entry.first.Scalar(), TRY(texts_of({entry.second}, key, budget)));
  }
  return found;
}

Result<YamlFields> YamlFields::fields(std::string_view key) const {
  Node found = find(key);
  if (!found.absent() && !found.yaml.IsMap()) return refused(key, "must be a mapping");
  return YamlFields(file_, path_of(key), std::make_shared<const Node>(std::move(found)));
}

Result<std::vector<YamlFields>> YamlFields::each(std::string_view key) const {
  std::vector<YamlFields> items;
  const Node list = find(key);
  if (list.absent()) return items;
  if (!list.yaml.IsSequence()) return refused(key, "must be a list");
  for (const YAML::Node& item : list.yaml) {
    if (!item.IsMap()) return refused(key, "must be a list of mappings");
    YamlFields one(file_, path_of(key), std::make_shared<const Node>(Node{item}));
    const Node name = one.find("name");
    const bool has_name = name.yaml.IsScalar() && name.yaml.Scalar().size() <= name_most;
    one.path_ += "[" + (has_name ? name.yaml.Scalar() : std::to_string(items.size())) + "]";
    items.push_back(std::move(one));
  }
  return items;
}

}  // namespace gthulhu
