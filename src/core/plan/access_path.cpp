// SPDX-License-Identifier: Apache-2.0
#include "core/plan/access_path.h"

#include <algorithm>

namespace gthulhu {

std::vector<AccessPath> access_paths(const PodSelection& selection) {
  std::vector<AccessPath> paths;
  for (const LabelRequirement& requirement : selection.selector().requirements()) {
    if (requirement.op == LabelOperator::in) {
      paths.push_back({AccessPath::By::label_value, requirement.key, requirement.values});
    } else if (requirement.op == LabelOperator::exists) {
      paths.push_back({AccessPath::By::label_key, requirement.key, {}});
    }
  }
  if (!selection.namespaces().empty()) {
    AccessPath path{AccessPath::By::name_space, "", {}};
    for (const Namespace& name : selection.namespaces()) path.names.push_back(name.str());
    paths.push_back(std::move(path));
  }
  paths.push_back({});
  std::ranges::sort(paths);
  return paths;
}

}  // namespace gthulhu
