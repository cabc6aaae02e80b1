// SPDX-License-Identifier: Apache-2.0
#include "core/match/cgroup_path.h"

#include <gtest/gtest.h>

namespace gthulhu {
namespace {

const std::string id(64, 'a');
const std::string other_id(64, 'b');
const std::string uid = "31e4e721-a5a0-421a-ae1d-b7971ae30d6e";
const std::string slice_uid = "31e4e721_a5a0_421a_ae1d_b7971ae30d6e";
const std::string other_uid = "20da609e-6973-4463-a1f9-2db9bcc5becc";
const std::string static_uid = "d41d8cd98f00b204e9800998ecf8427e";
const std::string slice =
    "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + slice_uid;

struct Case {
  std::string path;
  std::string pod;
  std::string container;
};

void expect(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const auto origin = parse_cgroup_path(c.path);
    EXPECT_EQ(origin, (PodOrigin{PodUid(c.pod), c.container})) << c.path;
  }
}

TEST(CgroupPath, systemd_driver) {
  expect({{slice + ".slice", uid, ""},
          {slice + ".slice/cri-containerd-" + id + ".scope", uid, id},
          {slice + ".slice/cri-containerd-" + id + ".scope/init", uid, id},
          {slice + ".slice/crio-" + id + ".scope", uid, id},
          {slice + ".slice/crio-" + id + ".scope/container", uid, id},
          {slice + ".slice/crio-conmon-" + id + ".scope", uid, ""},
          {slice + ".slice/docker-" + id + ".scope", uid, id},
          {"/kubepods.slice/kubepods-pod" + slice_uid + ".slice/crio-" + id + ".scope", uid, id}});
}

TEST(CgroupPath, cgroupfs_driver) {
  expect({{"/kubepods/burstable/pod" + uid, uid, ""},
          {"/kubepods/burstable/pod" + uid + "/" + id, uid, id},
          {"/kubepods/pod" + uid + "/" + id + "/child", uid, id},
          {"/kubepods/besteffort/pod" + uid + "/crio-" + id, uid, id},
          {"/kubepods/besteffort/pod" + uid + "/crio-conmon-" + id, uid, ""},
          {"/kubepods/burstable/pod" + uid + "/abcdef", uid, ""}});
}

TEST(CgroupPath, mixed_drivers_write_the_container_behind_colons) {
  expect(
      {{slice + ".slice:cri-containerd:" + id, uid, id},
       {"/system.slice/containerd.service/kubepods-burstable-pod" + slice_uid + ".slice:crio:" + id,
        uid, id},
       {slice + ".slice:crio-conmon:" + id, uid, ""}});
}

TEST(CgroupPath, whatever_is_above_does_not_count) {
  expect({{"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" + slice_uid +
               ".slice/cri-containerd-" + id + ".scope",
           uid, id},
          {"/docker/" + other_id + "/kubelet/kubepods/burstable/pod" + uid + "/" + id, uid, id},
          {"/docker/" + other_id + "/kubelet/kubepods/burstable/pod" + uid, uid, ""},
          {"/system.slice/docker-" + other_id +
               ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/"
               "kubelet-kubepods-burstable-pod" +
               slice_uid + ".slice/cri-containerd-" + id + ".scope",
           uid, id},
          {"/system.slice/k3s.service/kubepods/burstable/pod" + uid + "/" + id, uid, id}});
}

TEST(CgroupPath, of_nested_pods_the_innermost_counts) {
  expect(
      {{"/kubepods/pod" + other_uid + "/" + other_id + "/kubepods/pod" + uid + "/" + id, uid, id}});
}

TEST(CgroupPath, of_nested_containers_the_pods_own_counts) {
  expect({{slice + ".slice/cri-containerd-" + id + ".scope/docker/" + other_id, uid, id}});
}

TEST(CgroupPath, static_pods_are_known_by_the_hash_of_their_manifest) {
  expect({{"/kubepods/burstable/pod" + static_uid + "/abc", static_uid, ""},
          {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + static_uid +
               ".slice/cri-containerd-" + id + ".scope",
           static_uid, id}});
  EXPECT_FALSE(parse_cgroup_path("/kubepods/pod" + id));
  EXPECT_FALSE(parse_cgroup_path("/kubepods/pod" + static_uid + "0"));
}

TEST(CgroupPath, a_path_out_of_another_cgroup_namespace) {
  expect({{"/../../pod" + uid + "/" + id, uid, id},
          {"/../kubepods-besteffort-pod" + slice_uid + ".slice/crio-" + id + ".scope", uid, id},
          {"/../pod" + static_uid + "/" + id, static_uid, id}});
}

TEST(CgroupPath, below_kubepods_a_uid_may_stand_anywhere_as_for_the_go_agent) {
  expect({{"/kubepods/xpod" + uid + "y", uid, ""},
          {"/kubepods/podpod" + uid, uid, ""},
          {"/kubepods.slice/kubepods-pod" + slice_uid + "-pod" + other_uid + ".slice", uid, ""},
          {"/kubepods/pod31E4E721-A5A0-421A-AE1D-B7971AE30D6E",
           "31E4E721-A5A0-421A-AE1D-B7971AE30D6E", ""},
          {"/kubepods/pod31e4e721_a5a0-421a_ae1d-b7971ae30d6e", uid, ""}});
}

TEST(CgroupPath, elsewhere_only_where_kubelet_puts_it) {
  for (const std::string& path :
       {"/system.slice/my-pod" + uid + ".service", "/user.slice/xpod" + uid, "/pod" + uid + "x",
        std::string("/"), std::string(), std::string("/system.slice/ssh.service"),
        "/machine.slice/libpod-" + id + ".scope", "/docker/" + id, std::string("/pod"),
        std::string("/kubepods"), std::string("/kubepods/burstable"), std::string("/-pod.slice"),
        "/kubepods/pod" + uid.substr(1), std::string("/.slice")}) {
    EXPECT_FALSE(parse_cgroup_path(path)) << path;
  }
}

TEST(CgroupPath, a_removed_cgroup_is_named_by_what_it_was) {
  expect({{slice + ".slice/cri-containerd-" + id + ".scope (deleted)", uid, id}});
}

TEST(CgroupLine, of_both_versions) {
  const PodOrigin origin{PodUid(uid), id};
  EXPECT_EQ(parse_cgroup_line("0::/kubepods/burstable/pod" + uid + "/" + id), origin);
  EXPECT_EQ(parse_cgroup_line("0::/kubepods/burstable/pod" + uid + "/" + id + "\n"), origin);
  EXPECT_EQ(parse_cgroup_line("4:cpu,cpuacct:" + slice + ".slice/crio-" + id + ".scope"), origin);
  EXPECT_EQ(parse_cgroup_line("1:name=systemd:" + slice + ".slice:cri-containerd:" + id), origin);
  EXPECT_EQ(parse_cgroup_line("0::/../../pod" + uid + "/" + id), origin);
}

TEST(CgroupLine, a_line_in_another_form_is_none) {
  for (const char* line : {"", "0", "0:", "0::", "0::/", "a\nb", ":::"}) {
    EXPECT_FALSE(parse_cgroup_line(line)) << line;
  }
  EXPECT_FALSE(parse_cgroup_line("/kubepods/pod" + uid));
}

// Golden values of the contract, section 12.
TEST(CgroupLine, golden_values) {
  EXPECT_EQ(parse_cgroup_line("0::/kubelet.slice/kubelet-kubepods.slice/"
                              "kubelet-kubepods-pod20da609e_6973_4463_a1f9_2db9bcc5becc.slice/"
                              "cri-containerd-" +
                              id + ".scope"),
            (PodOrigin{PodUid("20da609e-6973-4463-a1f9-2db9bcc5becc"), id}));
  EXPECT_EQ(
      parse_cgroup_line("0::/kubepods/burstable/pod31e4e721-a5a0-421a-ae1d-b7971ae30d6e/abcdef"),
      (PodOrigin{PodUid("31e4e721-a5a0-421a-ae1d-b7971ae30d6e"), ""}));
}

}  // namespace
}  // namespace gthulhu
