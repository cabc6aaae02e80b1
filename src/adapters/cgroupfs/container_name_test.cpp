// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/container_name.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

const std::string id(64, 'a');

TEST(ContainerName, is_known_in_all_its_forms) {
  const struct {
    std::string parent;
    std::string name;
    ContainerName container;
  } cases[] = {
      {"system.slice", "docker-" + id + ".scope", {id, "docker"}},
      {"docker", id, {id, "docker"}},
      {"machine.slice", "libpod-" + id + ".scope", {id, "podman"}},
      {"libpod_parent", "libpod-" + id, {id, "podman"}},
      {"kubepods-pod1.slice", "cri-containerd-" + id + ".scope", {id, "containerd"}},
      {"kubepods-pod1.slice", "crio-" + id + ".scope", {id, "cri-o"}},
      {"anywhere", id, {id, ""}},
      {"lxc", "web", {"web", "lxc"}},
      {"lxc.payload", "web", {"web", "lxc"}},
      {"", "lxc.payload.web", {"web", "lxc"}},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(container_name(c.parent, c.name), c.container) << c.parent << "/" << c.name;
  }
}

TEST(ContainerName, is_not_seen_in_other_names) {
  const struct {
    std::string parent;
    std::string name;
  } cases[] = {{"machine.slice", "libpod-conmon-" + id + ".scope"},
               {"", "lxc.monitor.web"},
               {"system.slice", "docker.service"},
               {"docker", "buildkit"},
               {"", std::string(63, 'a')},
               {"", std::string(64, 'A')},
               {"", std::string(64, 'g')},
               {"", ""}};
  for (const auto& c : cases) {
    EXPECT_EQ(container_name(c.parent, c.name), std::nullopt) << c.parent << "/" << c.name;
  }
}

}  // namespace
}  // namespace gthulhu
