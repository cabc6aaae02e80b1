// SPDX-License-Identifier: Apache-2.0
#include "adapters/cfs/cpu_weight.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "adapters/cfs/test_machine.h"
#include "base/text.h"

namespace gthulhu {
namespace {

using testing::TestCgroup;

void put(const std::string& path, std::string_view text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << text;
}

std::string get(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(CgroupPath, units_are_named_by_the_last_component) {
  EXPECT_EQ(unit_of("/system.slice/nginx.service"), "nginx.service");
  EXPECT_EQ(unit_of("/user.slice/run-u1.scope"), "run-u1.scope");
  EXPECT_EQ(unit_of("/machine.slice"), "machine.slice");
  for (const char* path :
       {"/", "", "/docker/0123", "/system.slice/a.service/worker", "/.service"}) {
    EXPECT_EQ(unit_of(path), "") << path;
  }
}

TEST(CgroupPath, what_the_kubelet_owns_is_known_by_its_names) {
  constexpr std::string_view uid = "31e4e721-0f3a-4e5b-9f6c-0123456789ab";
  for (const std::string& path : {std::string("/kubepods/besteffort"),
                                  std::string("/kubepods.slice/kubepods-burstable.slice"),
                                  "/kubepods/burstable/pod" + std::string(uid) + "/c1"}) {
    EXPECT_TRUE(is_kubelet_owned(path)) << path;
  }
  for (const char* path : {"/", "/system.slice/podman.service", "/gthulhu/pod1", "/docker/ab"}) {
    EXPECT_FALSE(is_kubelet_owned(path)) << path;
  }
}

class Hierarchy : public ::testing::Test {
 protected:
  CpuWeights weights(CgroupVersion version, bool systemd = false) {
    return CpuWeights(files_, CpuHierarchy{version, root(), systemd},
                      Systemctl(systemctl_, std::chrono::milliseconds(2'000)));
  }
  [[nodiscard]] const std::string& root() const { return directory_.path(); }
  void make_systemctl(const std::string& script) {
    systemctl_ = root() + "/systemctl";
    put(systemctl_, "#!/bin/sh\n" + script);
    ::chmod(systemctl_.c_str(), 0755);
  }

  const TempDirectory directory_;
  KernelCgroupFiles files_;
  std::string systemctl_ = "/nonexistent";
};

TEST_F(Hierarchy, a_cgroup_without_the_cpu_controller_has_no_weight) {
  put(root() + "/a.service/cgroup.procs", "");
  CpuWeights weights = this->weights(CgroupVersion::v2);
  EXPECT_EQ(weights.look("/a.service").what, SeenGroup::What::no_weight);
  EXPECT_EQ(weights.look("/").what, SeenGroup::What::no_weight);
  EXPECT_EQ(weights.look("/gone").what, SeenGroup::What::gone);
  EXPECT_EQ(weights.look("/../a").what, SeenGroup::What::gone);
  EXPECT_FALSE(std::filesystem::exists(root() + "/cgroup.subtree_control"));
}

TEST_F(Hierarchy, who_shares_a_cpu_cgroup_with_whom_is_read_off_the_weights) {
  put(root() + "/system.slice/cpu.weight", "100\n");
  put(root() + "/system.slice/plain.service/cgroup.procs", "");
  put(root() + "/system.slice/own.service/cpu.weight", "100\n");
  put(root() + "/system.slice/own.service/worker/cgroup.procs", "");
  put(root() + "/bare/cgroup.procs", "");
  CpuWeights weights = this->weights(CgroupVersion::v2);
  EXPECT_TRUE(weights.is_in_own_group("/system.slice/own.service"));
  EXPECT_TRUE(weights.is_in_own_group("/system.slice/own.service/worker"));
  EXPECT_FALSE(weights.is_in_own_group("/system.slice/plain.service"));
  EXPECT_FALSE(weights.is_in_own_group("/bare"));
  EXPECT_TRUE(weights.is_in_root_group("/bare"));
  EXPECT_TRUE(weights.is_in_root_group("/"));
  EXPECT_FALSE(weights.is_in_root_group("/system.slice/plain.service"));
}

TEST_F(Hierarchy, of_a_unit_systemd_is_asked_and_never_the_file_written) {
  put(root() + "/system.slice/a.service/cpu.weight", "100\n");
  make_systemctl("echo \"$@\" >> " + root() +
                 "/log\n[ \"$1\" = show ] && echo '[not set]'\nexit 0\n");
  CpuWeights weights = this->weights(CgroupVersion::v2, true);
  EXPECT_EQ(*weights.property("/system.slice/a.service"), "unset");
  ASSERT_TRUE(weights.write("/system.slice/a.service", {100, false}, {931, false}, ""));
  ASSERT_TRUE(weights.write("/system.slice/a.service", {931, false}, {0, true}, ""));
  ASSERT_TRUE(weights.write("/system.slice/a.service", {0, true}, {100, false}, "unset"));
  EXPECT_EQ(get(root() + "/log"),
            "show --property=CPUWeight --value -- a.service\n"
            "set-property --runtime -- a.service CPUWeight=931\n"
            "set-property --runtime -- a.service CPUWeight=idle\n"
            "set-property --runtime -- a.service CPUWeight=\n");
  EXPECT_EQ(get(root() + "/system.slice/a.service/cpu.weight"), "100\n");
}

TEST_F(Hierarchy, a_cgroup_that_is_no_unit_is_written_even_where_systemd_runs) {
  put(root() + "/docker/ab/cpu.weight", "100\n");
  CpuWeights weights = this->weights(CgroupVersion::v2, true);
  EXPECT_EQ(*weights.property("/docker/ab"), "-");
  ASSERT_TRUE(weights.write("/docker/ab", {100, false}, {931, false}, "-"));
  EXPECT_EQ(std::string(trim(get(root() + "/docker/ab/cpu.weight"))).substr(0, 3), "931");
}

TEST_F(Hierarchy, on_v1_systemd_speaks_weights_and_the_kernel_shares) {
  CpuWeights weights = this->weights(CgroupVersion::v1, true);
  EXPECT_EQ(weights.property_of("/a.service", {9'537, false}), "931");
  EXPECT_EQ(weights.as_read("/a.service", {9'537, false}), (GroupValues{9'533, false}));
  EXPECT_EQ(weights.as_read("/docker/ab", {9'537, false}), (GroupValues{9'537, false}));
}

TEST_F(Hierarchy, a_systemctl_that_fails_or_hangs_is_an_error_in_time) {
  const auto set = [&](std::chrono::milliseconds deadline) {
    return Systemctl(systemctl_, deadline).set_cpu_weight("a.service", "100");
  };
  EXPECT_EQ(set(std::chrono::milliseconds(2'000)).error().code, Errc::unavailable) << "missing";
  make_systemctl("exit 1\n");
  EXPECT_EQ(set(std::chrono::milliseconds(2'000)).error().code, Errc::unavailable);
  make_systemctl("exec sleep 60\n");
  EXPECT_EQ(set(std::chrono::milliseconds(30)).error().code, Errc::timeout);
}

TEST(RealCgroup, weight_and_idle_are_written_and_read_back) {
  const auto hierarchy = testing::cpu_hierarchy();
  if (!hierarchy) GTEST_SKIP() << "needs root and a writable cpu hierarchy";
  const TestCgroup cgroup(*hierarchy, "weights");
  KernelCgroupFiles files;
  CpuWeights weights(files, *hierarchy, Systemctl("/nonexistent", std::chrono::milliseconds(1)));
  const auto at = [&] { return weights.look(cgroup.path()).values; };
  const GroupValues fresh = at();
  EXPECT_EQ(fresh, weights.fresh());
  for (const GroupValues& to :
       {GroupValues{931, false}, GroupValues{0, true}, GroupValues{2'000, false}, fresh}) {
    ASSERT_TRUE(weights.write(cgroup.path(), at(), to, "-"));
    EXPECT_EQ(at(), to);
  }
}

}  // namespace
}  // namespace gthulhu
