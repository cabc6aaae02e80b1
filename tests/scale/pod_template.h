// SPDX-License-Identifier: Apache-2.0
//
// Pods as a real API server tells them: the text of one, with a few values of its own for each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/model/pod.h"

namespace gthulhu::scale {

struct PodValues {
  std::string_view name;
  std::string_view name_space;
  std::string_view uid;
  std::uint64_t version = 0;
  const Labels& labels;
  std::uint16_t port = 0;
  std::string_view node;
};

// Threads: all functions from anywhere.
class PodTemplate {
 public:
  // `text` is the body of a GET of one pod (record_pod.py). Errc::corrupt names what it lacks.
  static Result<PodTemplate> parse(std::string_view text);

  void append(std::string& bytes, const PodValues& values) const;
  // The same without spec and status, as the server answers who asks for metadata only.
  void append_metadata(std::string& bytes, const PodValues& values) const;

 private:
  // The parts around name, namespace, uid, version, labels, port and node, in this order.
  std::array<std::string, 8> parts_;
};

}  // namespace gthulhu::scale
