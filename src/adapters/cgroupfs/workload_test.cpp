// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace gthulhu {
namespace {

// Of a directory.
auto path_is(const std::string& path) {
  return ::testing::Field("path", &Workload::Directory::path, path);
}

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const std::string id(64, 'c');
const std::string uid = "31e4e721-0c3a-4a55-9d5c-0a8a8d8a0b11";
const NodeName node("n1");

CgroupDirectories tree(const std::vector<std::string>& paths) {
  CgroupDirectories directories{{"", {1, {}}}};
  std::uint64_t inode = 1;
  for (const std::string& path : paths) directories[path].inode = ++inode;
  return directories;
}

std::vector<std::string> paths_of(const CgroupDirectories& directories) {
  std::vector<std::string> paths;
  for (const auto& [pod, workload] : workloads_of(directories, node)) {
    paths.push_back(workload.pod.cgroup_path);
  }
  return paths;
}

Workload only(const CgroupDirectories& directories) {
  const auto workloads = workloads_of(directories, node);
  EXPECT_EQ(workloads.size(), 1U);
  return workloads.empty() ? Workload{} : workloads.begin()->second;
}

TEST(Workloads, are_the_leaf_units_of_systemd) {
  EXPECT_THAT(paths_of(tree({"/init.scope", "/system.slice", "/system.slice/cron.service",
                             "/system.slice/system-getty.slice",
                             "/system.slice/system-getty.slice/getty@tty1.service", "/user.slice",
                             "/user.slice/user-0.slice", "/user.slice/user-0.slice/session-1.scope",
                             "/user.slice/user-0.slice/user@0.service",
                             "/user.slice/user-0.slice/user@0.service/init.scope",
                             "/user.slice/user-0.slice/user@0.service/app.slice",
                             "/user.slice/user-0.slice/user@0.service/app.slice/db.service"})),
              UnorderedElementsAre("/init.scope", "/system.slice/cron.service",
                                   "/system.slice/system-getty.slice/getty@tty1.service",
                                   "/user.slice/user-0.slice/session-1.scope",
                                   "/user.slice/user-0.slice/user@0.service/init.scope",
                                   "/user.slice/user-0.slice/user@0.service/app.slice/db.service"));
}

TEST(Workloads, have_the_names_and_labels_of_their_unit) {
  const Workload cron = only(tree({"/system.slice", "/system.slice/cron.service"}));
  EXPECT_EQ(cron.pod.name, "cron.service");
  EXPECT_EQ(cron.pod.name_space, Namespace("system"));
  EXPECT_EQ(cron.pod.node, node);
  EXPECT_EQ(cron.pod.labels,
            (Labels{{"systemd.unit", "cron.service"}, {"systemd.slice", "system.slice"}}));
  EXPECT_TRUE(cron.pod.containers.empty());
  // '@' is legal in a unit's name and not in a label.
  const Workload getty = only(tree({"/system.slice", "/system.slice/getty@tty1.service"}));
  EXPECT_EQ(getty.pod.name, "getty@tty1.service");
  EXPECT_EQ(getty.pod.labels, (Labels{{"systemd.slice", "system.slice"}}));
}

TEST(Workloads, with_cgroups_of_their_own_own_these_too) {
  const Workload service =
      only(tree({"/system.slice", "/system.slice/x.service", "/system.slice/x.service/init",
                 "/system.slice/x.service/payload", "/system.slice/x.service/payload/deep"}));
  EXPECT_EQ(service.pod.cgroup_path, "/system.slice/x.service");
  EXPECT_THAT(service.directories, ElementsAre(path_is("/system.slice/x.service"),
                                               path_is("/system.slice/x.service/init"),
                                               path_is("/system.slice/x.service/payload"),
                                               path_is("/system.slice/x.service/payload/deep")));
}

TEST(Workloads, are_containers_with_what_runs_inside_of_them) {
  const std::string scope = "/machine.slice/libpod-" + id + ".scope";
  const Workload container =
      only(tree({"/machine.slice", scope, scope + "/container", scope + "/container/system.slice",
                 scope + "/container/system.slice/a.service"}));
  EXPECT_EQ(container.pod.name, id);
  EXPECT_EQ(container.pod.name_space, Namespace("machine"));
  EXPECT_EQ(container.pod.labels, (Labels{{"systemd.slice", "machine.slice"},
                                          {"container.runtime", "podman"},
                                          {"container.id", id.substr(0, 12)}}));
  EXPECT_EQ(container.pod.containers, (std::vector<Container>{{id, id}}));
  ASSERT_EQ(container.directories.size(), 4U);
  EXPECT_EQ(container.directories.back().container_id, id);
}

TEST(Workloads, of_kubernetes_keep_their_uid_in_both_cgroup_drivers) {
  std::string escaped = uid;
  for (char& c : escaped) c = c == '-' ? '_' : c;
  const std::string slice =
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + escaped + ".slice";
  const std::string plain = "/kubepods/besteffort/pod" + uid;
  for (const auto& directories :
       {tree({"/kubepods.slice", "/kubepods.slice/kubepods-burstable.slice", slice,
              slice + "/cri-containerd-" + id + ".scope"}),
        tree({"/kubepods", "/kubepods/besteffort", plain, plain + "/" + id})}) {
    const Workload pod = only(directories);
    EXPECT_EQ(pod.pod.uid, PodUid(uid));
    EXPECT_EQ(pod.pod.name_space, Namespace("kubepods"));
    ASSERT_EQ(pod.directories.size(), 2U);
    EXPECT_EQ(pod.directories[0].container_id, "");
    EXPECT_EQ(pod.directories[1].container_id, id);
  }
}

TEST(Workloads, of_a_kubernetes_node_in_a_container_are_its_pods) {
  const std::string kubelet = "/docker/" + id + "/kubelet/kubepods";
  EXPECT_THAT(paths_of(tree({"/docker", "/docker/" + id, "/docker/" + id + "/system.slice",
                             "/docker/" + id + "/system.slice/kubelet.service",
                             "/docker/" + id + "/kubelet", kubelet, kubelet + "/besteffort",
                             kubelet + "/besteffort/pod" + uid})),
              UnorderedElementsAre("/docker/" + id + "/system.slice/kubelet.service",
                                   kubelet + "/besteffort/pod" + uid));
}

TEST(Workloads, are_labelled_cgroups_with_everything_below) {
  CgroupDirectories directories =
      tree({"/gthulhu", "/gthulhu/web-1", "/gthulhu/web-1/docker", "/gthulhu/web-1/docker/" + id});
  directories["/gthulhu/web-1"].given = GivenLabels{{{"app", "web"}}, "shop"};
  const Workload web = only(directories);
  EXPECT_EQ(web.pod.name, "shop");
  EXPECT_EQ(web.pod.name_space, Namespace("gthulhu"));
  EXPECT_EQ(web.pod.labels, (Labels{{"app", "web"}}));
  ASSERT_EQ(web.directories.size(), 3U);
  EXPECT_EQ(web.directories.back().container_id, id);
  directories["/gthulhu/web-1"].given->name.clear();
  EXPECT_EQ(only(directories).pod.name, "web-1");
}

TEST(Workloads, in_labelled_scopes_have_both_kinds_of_labels_and_the_given_ones_win) {
  CgroupDirectories directories = tree({"/system.slice", "/system.slice/gthulhu-a-1.scope"});
  directories["/system.slice/gthulhu-a-1.scope"].given =
      GivenLabels{{{"app", "a"}, {"systemd.slice", "mine"}}, ""};
  EXPECT_EQ(
      only(directories).pod.labels,
      (Labels{{"app", "a"}, {"systemd.unit", "gthulhu-a-1.scope"}, {"systemd.slice", "mine"}}));
}

TEST(Workloads, are_not_what_only_holds_workloads) {
  EXPECT_THAT(paths_of(tree({"/system.slice", "/gthulhu", "/gthulhu/new-1", "/docker", "/lxc",
                             "/kubepods", "/kubepods/burstable", "/kubelet", "/kubelet/kubepods"})),
              IsEmpty());
  EXPECT_THAT(paths_of(tree({})), IsEmpty());
  // As good as any other name: it is no user's.
  EXPECT_THAT(paths_of(tree({"/mine", "/mine/a", "/mine/a-b"})),
              UnorderedElementsAre("/mine/a", "/mine/a-b"));
}

TEST(Workloads, are_not_cgroups_that_cannot_be_shown) {
  EXPECT_THAT(paths_of(tree({"/a\x1b[31m", "/b\xff"})), IsEmpty());
}

TEST(Workloads, have_a_uid_of_their_own_for_each_directory_ever_made) {
  CgroupDirectories directories = tree({"/mine", "/mine/a"});
  const PodUid first = only(directories).pod.uid;
  EXPECT_EQ(only(directories).pod.uid, first);
  EXPECT_THAT(first.str(),
              ::testing::MatchesRegex(
                  "[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  directories["/mine/a"].inode += 100;
  EXPECT_NE(only(directories).pod.uid, first);
}

TEST(ParentFirst, keeps_descendants_together) {
  std::vector<std::string> order;
  for (const auto& [path, directory] : tree({"/a-b", "/a", "/a/c", "/a.b", "/a/c/d", "/a0"})) {
    order.push_back(path);
  }
  EXPECT_THAT(order, ElementsAre("", "/a", "/a/c", "/a/c/d", "/a-b", "/a.b", "/a0"));
}

TEST(GivenLabels, survive_the_way_through_json) {
  const Labels labels{{"app", "web"}, {"example.com/tier", "gold"}, {"empty", ""}};
  EXPECT_EQ(labels_from_json(labels_to_json(labels)), labels);
  EXPECT_EQ(labels_from_json(R"({"ok":"1","b d":"2","x":"a b"})"), (Labels{{"ok", "1"}}));
  for (const char* text : {"", "[]", "{\"a\":1}", "{", "\"a\""}) {
    EXPECT_EQ(labels_from_json(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace gthulhu
