// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scheduler/kubelet_tree.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

#include "base/text.h"
#include "tests/bench/scheduler/figures.h"

// The assembler's symbols: the first byte of the file, and the one behind its last.
extern "C" {
extern const char gthulhu_embedded_cgroup_paths[];
extern const char gthulhu_embedded_cgroup_paths_end[];
}

namespace gthulhu::bench {

namespace {

constexpr int least_shares = 2;
constexpr int shares_of_a_cpu = 1'024;
constexpr int millicpu_of_a_cpu = 1'000;

// kubepods, the class unless that is guaranteed, the pod, its container.
std::size_t depth_of(const std::string& qos) {
  return qos == "guaranteed" ? 3 : 4;
}

// A container's path, where this row of the fixture is one of that driver and class that stands in
// no other cgroup; else empty. What the driver makes is the same in every version of cgroups.
std::string container_path(std::string_view row,
                           const std::string& driver,
                           const std::string& qos) {
  const std::vector<std::string_view> cells = split(row, '\t');
  if (cells.size() != 8 || cells[1] != driver || cells[6] != qos || cells[5].empty()) return {};
  const std::size_t begin = cells[3].find("/kubepods");
  if (begin == std::string_view::npos) return {};
  const std::string_view path = cells[3].substr(begin + 1);
  if (begin > 0 && cells[3][begin - 1] != ':') return {};
  const std::vector<std::string_view> parts = split(path, '/');
  if (parts.size() != depth_of(qos)) return {};
  const std::string container(cells[5]);
  if (!parts.back().ends_with(driver == "systemd" ? container + ".scope" : container)) return {};
  return std::string(path);
}

// Of containers in different pods.
std::vector<std::string> container_paths(const std::string& driver, const std::string& qos) {
  const std::string_view file(gthulhu_embedded_cgroup_paths, gthulhu_embedded_cgroup_paths_end);
  std::vector<std::string> found;
  std::set<std::string> pods;
  for (const std::string_view row : split(file, '\n')) {
    const std::string path = container_path(row, driver, qos);
    if (!path.empty() && pods.insert(path.substr(0, path.rfind('/'))).second) found.push_back(path);
  }
  return found;
}

// The cgroups of a tree, each once.
class Builder {
 public:
  Builder(WeightFormula formula, int hogs) : formula_(formula), hogs_(hogs) {}

  void add_parent(const std::string& path, int request_millicpu) {
    if (!known_.insert(path).second) return;
    tree_.cgroups.push_back({path, weight(request_millicpu)});
  }

  // A pod and its container, of which both have the same values.
  void add_pod(const std::string& container, const PodSpec& spec) {
    const int limit = spec.limit_millicpu / 10;
    const int own = weight(spec.request_millicpu);
    tree_.cgroups.push_back({container.substr(0, container.rfind('/')), own, 0, limit});
    tree_.containers.push_back(tree_.cgroups.size());
    tree_.cgroups.push_back({container, own, hogs_, limit});
  }

  [[nodiscard]] const KubeletTree& tree() const { return tree_; }

 private:
  [[nodiscard]] int weight(int request_millicpu) const {
    return weight_of(shares_of(request_millicpu), formula_);
  }

  WeightFormula formula_;
  int hogs_;
  std::set<std::string> known_;
  KubeletTree tree_;
};

}  // namespace

int shares_of(int request_millicpu) {
  return std::max(request_millicpu * shares_of_a_cpu / millicpu_of_a_cpu, least_shares);
}

int weight_of(int shares, WeightFormula formula) {
  switch (formula) {
    case WeightFormula::linear:
      return static_cast<int>(1 + (std::int64_t{shares} - least_shares) * 9'999 / 262'142);
    case WeightFormula::quadratic: {
      const double l = std::log2(shares);
      return static_cast<int>(std::ceil(std::pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0)));
    }
  }
  fail("there is no such formula");
}

KubeletTree kubelet_tree(const std::string& driver,
                         WeightFormula formula,
                         int cpus,
                         const std::vector<PodSpec>& pods,
                         int hogs) {
  int burstable_millicpu = 0;
  for (const PodSpec& pod : pods) {
    if (pod.qos == "burstable") burstable_millicpu += pod.request_millicpu;
  }
  Builder builder(formula, hogs);
  std::map<std::string, std::size_t> next;  // path of the fixture, by class
  for (const PodSpec& pod : pods) {
    const std::vector<std::string> paths = container_paths(driver, pod.qos);
    const std::size_t number = next[pod.qos]++;
    if (number >= paths.size()) fail("too few paths of " + driver + ", " + pod.qos);
    const std::string& path = paths[number];
    builder.add_parent(path.substr(0, path.find('/')), cpus * millicpu_of_a_cpu);
    if (pod.qos != "guaranteed") {
      // A cgroup of pods without requests has the least shares there are, as these pods have.
      builder.add_parent(path.substr(0, path.find('/', path.find('/') + 1)),
                         pod.qos == "burstable" ? burstable_millicpu : 0);
    }
    builder.add_pod(path, pod);
  }
  return builder.tree();
}

}  // namespace gthulhu::bench
