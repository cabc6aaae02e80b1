// SPDX-License-Identifier: Apache-2.0
#include "tests/scale/pod_template.h"

#include <utility>

namespace gthulhu::scale {

namespace {

struct Place {
  std::string_view before;
  std::string_view after;
};

// In the order of the text; quotes in managedFields are escaped.
constexpr std::array<Place, 7> places{{{R"("metadata":{"name":")", "\""},
                                       {R"("namespace":")", "\""},
                                       {R"("uid":")", "\""},
                                       {R"("resourceVersion":")", "\""},
                                       {R"("labels":)", ",\"ownerReferences\""},
                                       {R"("containerPort":)", ","},
                                       {R"("nodeName":")", "\""}}};

void append_labels(std::string& bytes, const Labels& labels) {
  char separator = '{';
  for (const auto& [key, value] : labels) {
    bytes += separator;
    bytes += '"';
    bytes += key;
    bytes += R"(":")";
    bytes += value;
    bytes += '"';
    separator = ',';
  }
  bytes += '}';
}

}  // namespace

Result<PodTemplate> PodTemplate::parse(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  PodTemplate made;
  std::size_t at = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t found = text.find(places.at(i).before, at);
    const std::size_t begin = found + places.at(i).before.size();
    const std::size_t end =
        found == std::string_view::npos ? found : text.find(places.at(i).after, begin);
    if (end == std::string_view::npos) {
      return Error{Errc::corrupt, "the pod's text lacks " + std::string(places.at(i).before), ""};
    }
    made.parts_.at(i) = text.substr(at, begin - at);
    at = end;
  }
  made.parts_.back() = text.substr(at);
  return made;
}

void PodTemplate::append_metadata(std::string& bytes, const PodValues& values) const {
  bytes += R"({"metadata":{"name":")";
  bytes += values.name;
  bytes += R"(","namespace":")";
  bytes += values.name_space;
  bytes += R"(","uid":")";
  bytes += values.uid;
  bytes += R"(","resourceVersion":")";
  bytes += std::to_string(values.version);
  bytes += R"("}})";
}

void PodTemplate::append(std::string& bytes, const PodValues& values) const {
  bytes += parts_[0];
  bytes += values.name;
  bytes += parts_[1];
  bytes += values.name_space;
  bytes += parts_[2];
  bytes += values.uid;
  bytes += parts_[3];
  bytes += std::to_string(values.version);
  bytes += parts_[4];
  append_labels(bytes, values.labels);
  bytes += parts_[5];
  bytes += std::to_string(values.port);
  bytes += parts_[6];
  bytes += values.node;
  bytes += parts_[7];
}

}  // namespace gthulhu::scale
