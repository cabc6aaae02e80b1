// SPDX-License-Identifier: Apache-2.0
#include "adapters/bpf/pod_number.h"

#include <array>
#include <cstring>
#include <string>

namespace gthulhu {

std::optional<gthulhu_pod_uid> pod_number(const PodUid& pod) {
  const std::string text = "pod" + pod.str();
  std::array<char, GTHULHU_CGROUP_NAME_MOST> name{};
  if (text.size() >= name.size()) return std::nullopt;
  std::memcpy(name.data(), text.data(), text.size());
  gthulhu_pod_uid number{};
  if (gthulhu_find_pod_uid(name.data(), static_cast<unsigned>(text.size()), &number) == 0) {
    return std::nullopt;
  }
  return number;
}

}  // namespace gthulhu
