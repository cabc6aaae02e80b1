// SPDX-License-Identifier: Apache-2.0
#include "adapters/sched_ext/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/bpf/kernel_btf.h"
#include "adapters/sched_ext/test_kernel.h"

namespace gthulhu {
namespace {

using testing::btf_with;
using ::testing::HasSubstr;
using testing::TestKernel;
using testing::write_file;

bool is_built_with_bpf(const KernelFiles& files) {
  const auto parameters = parameters_in_btf(files.btf, "scx_bpf_create_dsq");
  return parameters || parameters.error().text().find("built without BPF") == std::string::npos;
}

class SchedExtProbe : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_built_with_bpf(kernel_.files)) GTEST_SKIP() << "this program was built without BPF";
  }
  const TestKernel kernel_;
};

TEST_F(SchedExtProbe, where_nothing_is_in_the_way_there_is_nothing_to_say) {
  EXPECT_EQ(why_unusable(kernel_.files), "");
  EXPECT_EQ(attached_scheduler(kernel_.files.sysfs), "");
}

TEST_F(SchedExtProbe, a_kernel_without_sched_ext_is_none_for_us) {
  EXPECT_EQ(why_unusable({kernel_.directory.path() + "/elsewhere", kernel_.files.btf}),
            "the kernel has no sched_ext");
}

TEST_F(SchedExtProbe, hidden_arguments_in_the_btf_are_told) {
  write_file(kernel_.files.btf, btf_with("scx_bpf_create_dsq", 3));
  EXPECT_THAT(why_unusable(kernel_.files), HasSubstr("BTF is malformed"));
}

TEST_F(SchedExtProbe, a_btf_that_is_missing_or_of_another_kernel_is_told) {
  write_file(kernel_.files.btf, btf_with("something_else", 2));
  EXPECT_THAT(why_unusable(kernel_.files), HasSubstr("does not name scx_bpf_create_dsq"));
  write_file(kernel_.files.btf, "no BTF");
  EXPECT_THAT(why_unusable(kernel_.files), HasSubstr("BTF cannot be read"));
  EXPECT_THAT(why_unusable({kernel_.files.sysfs, kernel_.files.btf + ".gone"}),
              HasSubstr("BTF cannot be read"));
}

TEST_F(SchedExtProbe, another_scheduler_is_named) {
  kernel_.show("enabled", "simple");
  EXPECT_EQ(why_unusable(kernel_.files), "");
  EXPECT_EQ(attached_scheduler(kernel_.files.sysfs), "simple");
  kernel_.show("enabled");
  EXPECT_EQ(attached_scheduler(kernel_.files.sysfs), "without a name");
  EXPECT_FALSE(is_vacant(kernel_.files.sysfs));
  kernel_.show("disabling", "simple");
  EXPECT_EQ(attached_scheduler(kernel_.files.sysfs), "");
  EXPECT_FALSE(is_vacant(kernel_.files.sysfs));
  kernel_.show("disabled");
  EXPECT_TRUE(is_vacant(kernel_.files.sysfs));
}

}  // namespace
}  // namespace gthulhu
