// SPDX-License-Identifier: Apache-2.0
#include "core/plan/selects.h"

#include <gtest/gtest.h>

#include "core/plan/plan_samples.h"

namespace gthulhu {
namespace {

using samples::in_namespace;
using samples::pod;
using samples::selecting;
using samples::strategy;

bool selects(const Strategy& strategy, const Pod& pod) {
  return PodSelection(strategy).selects(pod);
}

TEST(PodSelection, without_any_criterion_every_pod_is_selected) {
  EXPECT_TRUE(selects(strategy("s"), pod("p", "n")));
  EXPECT_TRUE(selects(strategy("s"), pod("p", "")));
}

TEST(PodSelection, labels_and_namespace_must_both_hold) {
  Strategy both = selecting("s", "app", "web");
  both.namespaces = {Namespace("web"), Namespace("core")};
  Pod good = pod("p", "n", {{"app", "web"}});
  EXPECT_TRUE(selects(both, good));
  EXPECT_FALSE(selects(both, pod("p", "n", {{"app", "api"}})));
  good.name_space = Namespace("core");
  EXPECT_TRUE(selects(both, good));
  good.name_space = Namespace("other");
  EXPECT_FALSE(selects(both, good));
}

TEST(PodSelection, one_empty_namespace_is_all_as_go_clients_send_it) {
  EXPECT_TRUE(selects(in_namespace("s", ""), pod("p", "n")));
  Strategy two = in_namespace("s", "");
  two.namespaces.emplace_back("other");
  EXPECT_FALSE(selects(two, pod("p", "n")));
}

TEST(PodSelection, any_of_the_globs_must_match_the_cgroup_path) {
  Strategy local = strategy("s");
  local.cgroup_paths = {"/gthulhu/*", "/system.slice/**"};
  Pod workload = pod("p", "n");
  EXPECT_FALSE(selects(local, workload));
  workload.cgroup_path = "/gthulhu/x";
  EXPECT_TRUE(selects(local, workload));
  workload.cgroup_path = "/system.slice/a/b";
  EXPECT_TRUE(selects(local, workload));
  workload.cgroup_path = "/user.slice/a";
  EXPECT_FALSE(selects(local, workload));
}

TEST(PodSelection, an_illegal_glob_selects_nothing_rather_than_everything) {
  Strategy local = strategy("s");
  local.cgroup_paths = {"["};
  Pod workload = pod("p", "n");
  workload.cgroup_path = "[";
  EXPECT_FALSE(selects(local, workload));
}

TEST(PodSelection, the_command_does_not_count) {
  EXPECT_TRUE(selects(samples::for_command("s", "nginx"), pod("p", "n")));
}

TEST(PodSelection, excluded_namespaces_and_pods_win_over_everything_else) {
  Strategy but = in_namespace("s", "web");
  EXPECT_TRUE(selects(but, pod("p", "n")));
  but.excluded_pods = {PodUid("p")};
  EXPECT_FALSE(selects(but, pod("p", "n")));
  EXPECT_TRUE(selects(but, pod("q", "n")));
  but.excluded_namespaces = {Namespace("web")};
  EXPECT_FALSE(selects(but, pod("q", "n")));
}

TEST(PodSelection, a_container_is_looked_for_by_its_name) {
  Strategy named = strategy("s");
  named.container = "main";
  Pod both = pod("p", "n");
  EXPECT_FALSE(selects(named, both));
  both.containers = {{"proxy", "1"}, {"main", "2"}};
  EXPECT_TRUE(selects(named, both));
}

TEST(PodSelection, protected_pods_are_selected_only_when_they_are_asked_for) {
  Pod system = pod("p", "n", {{"app", "web"}});
  system.name_space = Namespace("kube-system");
  EXPECT_FALSE(selects(strategy("s"), system));
  EXPECT_FALSE(selects(selecting("s", "app", "web"), system));
  EXPECT_TRUE(selects(in_namespace("s", "kube-system"), system));
  Strategy asking = strategy("s");
  asking.includes_protected = true;
  EXPECT_TRUE(selects(asking, system));
  const Pod own = pod("p", "n", {{"app", "decisionmaker"}});
  EXPECT_FALSE(selects(strategy("s"), own));
  EXPECT_TRUE(selects(asking, own));
  EXPECT_TRUE(selects(in_namespace("s", "web"), own));
}

}  // namespace
}  // namespace gthulhu
