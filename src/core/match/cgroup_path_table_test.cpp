// SPDX-License-Identifier: Apache-2.0
//
// The paths of tests/fixtures/cgroup_paths.tsv, linked into this program so that it needs no file.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <regex>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "core/match/cgroup_path.h"

// The assembler's symbols: the first byte of the file, and the one behind its last.
extern "C" {
extern const char gthulhu_embedded_cgroup_paths[];
extern const char gthulhu_embedded_cgroup_paths_end[];
}

namespace gthulhu {
namespace {

struct Row {
  std::string_view runtime, driver, hierarchy, path, pod, container, qos, source;

  // Of /proc/PID/cgroup.
  std::string line() const {
    return std::isdigit(static_cast<unsigned char>(path.front())) != 0 ? std::string(path)
                                                                       : "0::" + std::string(path);
  }

  std::optional<PodOrigin> origin() const {
    if (pod.empty()) return std::nullopt;
    return PodOrigin{PodUid(std::string(pod)), std::string(container)};
  }
};

// The lines below the one that names the columns.
std::vector<Row> table() {
  const std::string_view file(gthulhu_embedded_cgroup_paths, gthulhu_embedded_cgroup_paths_end);
  std::vector<Row> rows;
  bool names_are_read = false;
  for (const std::string_view line : split(file, '\n')) {
    if (line.empty() || line.starts_with('#')) continue;
    const std::vector<std::string_view> cells = split(line, '\t');
    if (cells.size() != 8) {
      ADD_FAILURE() << "not 8 columns: " << line;
      continue;
    }
    if (std::exchange(names_are_read, true)) {
      rows.push_back(
          Row{cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7]});
    }
  }
  return rows;
}

// What the Go agent makes of a line, as section 6.1 of docs/contract.md has it.
struct GoOrigin {
  std::string pod, container;  // no pod: not recognised
};

GoOrigin go_agent(const std::string& line) {
  static const std::regex uid(
      "pod([0-9a-fA-F]{8}[-_][0-9a-fA-F]{4}[-_][0-9a-fA-F]{4}[-_][0-9a-fA-F]{4}[-_]"
      "[0-9a-fA-F]{12})");
  static const std::regex scope("cri-containerd-(.+)\\.scope");
  if (line.find("kubepods") == std::string::npos) return {};
  const std::vector<std::string_view> parts = split(line, ':');
  if (parts.size() < 3) return {};
  GoOrigin found;
  for (const std::string_view part : split(parts[2], '/')) {
    const std::string element(part);
    std::smatch match;
    if (std::regex_search(element, match, uid)) found.pod = match[1];
    if (std::regex_match(element, match, scope)) found.container = match[1];
  }
  std::ranges::replace(found.pod, '_', '-');
  return found;
}

void must_have(std::string_view what,
               const std::set<std::string_view>& found,
               const std::vector<std::string_view>& wanted) {
  for (const std::string_view one : wanted) EXPECT_TRUE(found.contains(one)) << what << ' ' << one;
}

TEST(CgroupPathTable, each_path_is_of_the_pod_and_container_that_its_row_names) {
  for (const Row& row : table()) {
    EXPECT_EQ(parse_cgroup_line(row.line()), row.origin()) << row.path << "\n" << row.source;
  }
}

TEST(CgroupPathTable, what_the_go_agent_recognises_we_recognise_as_the_same) {
  int recognised = 0;
  for (const Row& row : table()) {
    const GoOrigin go = go_agent(row.line());
    if (go.pod.empty()) continue;
    ++recognised;
    const PodOrigin ours = parse_cgroup_line(row.line()).value_or(PodOrigin{});
    EXPECT_EQ(ours.pod, PodUid(go.pod)) << row.path;
    if (!go.container.empty()) EXPECT_EQ(ours.container, go.container) << row.path;
  }
  EXPECT_GE(recognised, 40);
}

// The rows of its table in section 6.1, so that the stand-in above is no weaker than the original.
TEST(CgroupPathTable, the_stand_in_for_the_go_agent_recognises_what_the_contract_says) {
  const std::string uid = "31e4e721-a5a0-421a-ae1d-b7971ae30d6e";
  const std::string slice =
      "0::/kubepods.slice/kubepods-burstable.slice/"
      "kubepods-burstable-pod31e4e721_a5a0_421a_ae1d_b7971ae30d6e.slice";
  for (const std::string& line :
       {slice + "/cri-containerd-abc.scope", slice + "/crio-abc.scope",
        slice + ":cri-containerd:abc", "4:cpu,cpuacct:/kubepods/burstable/pod" + uid + "/abc"}) {
    const GoOrigin go = go_agent(line);
    EXPECT_EQ(go.pod, uid) << line;
    EXPECT_EQ(go.container, line.ends_with("/cri-containerd-abc.scope") ? "abc" : "") << line;
  }
  for (const std::string& line :
       {std::string("0::/kubepods/burstable/podd41d8cd98f00b204e9800998ecf8427e/abc"),
        "0::/../../pod" + uid + "/abc"}) {
    EXPECT_EQ(go_agent(line).pod, "") << line;
  }
}

TEST(CgroupPathTable, has_every_runtime_driver_hierarchy_and_class) {
  std::set<std::string_view> runtimes;
  std::set<std::string_view> drivers;
  std::set<std::string_view> hierarchies;
  std::set<std::string_view> classes;
  int of_pods = 0;
  int of_none = 0;
  int of_static_pods = 0;
  int from_another_namespace = 0;
  for (const Row& row : table()) {
    EXPECT_FALSE(row.source.empty()) << row.path;
    runtimes.insert(row.runtime);
    if (row.pod.empty()) {
      ++of_none;
      continue;
    }
    ++of_pods;
    drivers.insert(row.driver);
    hierarchies.insert(row.hierarchy);
    classes.insert(row.qos);
    if (row.pod.find('-') == std::string_view::npos) ++of_static_pods;
    if (row.path.find("../") != std::string_view::npos) ++from_another_namespace;
  }
  EXPECT_GE(of_pods, 60);
  EXPECT_GE(of_none, 30);
  EXPECT_GE(of_static_pods, 10);
  EXPECT_GE(from_another_namespace, 5);
  must_have("runtime", runtimes,
            {"containerd", "cri-o", "docker", "cri-dockerd", "kind", "minikube", "k3s", "microk8s",
             "rke", "rke2", "podman", "lxc", "systemd"});
  must_have("driver", drivers, {"systemd", "cgroupfs", "mixed"});
  must_have("hierarchy", hierarchies, {"v1", "v2", "hybrid"});
  must_have("class", classes, {"guaranteed", "burstable", "besteffort"});
}

}  // namespace
}  // namespace gthulhu
