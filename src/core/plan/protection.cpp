// SPDX-License-Identifier: Apache-2.0
#include "core/plan/protection.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace gthulhu {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> own_labels{{
    {"app.kubernetes.io/part-of", "gthulhu"},
    {"app", "decisionmaker"},
    {"systemd.unit", "gthulhu.service"},
}};

}  // namespace

bool is_protected(const Labels& labels, const Namespace& name_space) {
  if (name_space.str() == "kube-system") return true;
  return std::ranges::any_of(own_labels, [&](const auto& own) {
    const auto label = labels.find(own.first);
    return label != labels.end() && label->second == own.second;
  });
}

}  // namespace gthulhu
