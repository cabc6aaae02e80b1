// SPDX-License-Identifier: Apache-2.0
//
// Which of a kubeconfig's contexts, clusters and users counts.
#include <gtest/gtest.h>

#include <algorithm>

#include "adapters/kube/kubeconfig.h"
#include "adapters/kube/test_ground.h"

namespace gthulhu {
namespace {

constexpr const char* entries = R"(
contexts:
- {name: first, context: {cluster: one, user: jane}}
- {name: second, context: {cluster: two}}
- {name: no-cluster, context: {user: jane}}
- {name: lost-cluster, context: {cluster: three, user: jane}}
- {name: lost-user, context: {cluster: one, user: joe}}
clusters:
- {name: one, cluster: {server: "https://one"}}
- {name: two, cluster: {server: "https://two"}}
users:
- {name: jane, user: {token: hush}}
)";

struct KubeconfigContexts : testing::Test {
  Result<KubeContext> read(const std::string& text, const std::string& context = "") const {
    return read_kubeconfig({.path = ground.write("config", text), .context = context});
  }

  // Without the file's path in front.
  std::string refusal(const Result<KubeContext>& read) const {
    const Error error = error_of(read);
    EXPECT_EQ(error.code, Errc::invalid_argument);
    const std::string start = ground.file("config") + ": ";
    EXPECT_TRUE(error.message.starts_with(start)) << error.message;
    return error.message.substr(std::min(start.size(), error.message.size()));
  }

  KubeGround ground;
};

TEST_F(KubeconfigContexts, the_current_one_counts_unless_another_is_asked_for) {
  const std::string text = "current-context: first" + std::string(entries);
  EXPECT_EQ(value_of(read(text)).cluster.server, "https://one");
  EXPECT_EQ(value_of(read(text)).user.token, "hush");
  EXPECT_EQ(value_of(read(text, "second")).cluster.server, "https://two");
}

TEST_F(KubeconfigContexts, one_without_a_user_is_for_nobody_in_particular) {
  const KubeContext context = value_of(read(entries, "second"));
  EXPECT_FALSE(context.user.has_credential());
  EXPECT_TRUE(context.user.impersonation.fields().empty());
}

TEST_F(KubeconfigContexts, without_a_current_one_the_error_lists_what_there_is) {
  EXPECT_EQ(refusal(read(entries)),
            "there is no current-context, and none was asked for; contexts there: first, second, "
            "no-cluster, lost-cluster, lost-user");
  EXPECT_EQ(refusal(read("")),
            "there is no current-context, and none was asked for; contexts there: none");
}

TEST_F(KubeconfigContexts, what_is_missing_is_named_and_what_there_is_listed) {
  EXPECT_EQ(refusal(read(entries, "third")),
            "there is no context \"third\"; contexts there: first, second, no-cluster, "
            "lost-cluster, lost-user");
  EXPECT_EQ(refusal(read(entries, "no-cluster")),
            "contexts[no-cluster].context.cluster is missing");
  EXPECT_EQ(refusal(read(entries, "lost-cluster")),
            "there is no cluster \"three\", which context \"lost-cluster\" names; clusters there: "
            "one, two");
  EXPECT_EQ(refusal(read(entries, "lost-user")),
            "there is no user \"joe\", which context \"lost-user\" names; users there: jane");
}

TEST_F(KubeconfigContexts, a_long_list_of_what_there_is_is_cut) {
  std::string text = "contexts:\n";
  for (int i = 0; i < 60; ++i) text += "- {name: c" + std::to_string(i) + "}\n";
  EXPECT_TRUE(refusal(read(text, "other")).ends_with(", c49, …"));
}

TEST_F(KubeconfigContexts, two_of_one_name_are_an_error) {
  EXPECT_EQ(refusal(read("contexts: [{name: a}, {name: a}]", "a")), "there are two contexts \"a\"");
}

TEST_F(KubeconfigContexts, a_file_that_is_missing_or_damaged_is_named) {
  const Error missing = error_of(read_kubeconfig({.path = ground.file("none")}));
  EXPECT_EQ(missing.code, Errc::not_found);
  EXPECT_EQ(missing.message,
            "the kubeconfig " + ground.file("none") + " cannot be read: No such file or directory");
  const Error damaged = error_of(read("contexts: [\n"));
  EXPECT_TRUE(damaged.message.starts_with(ground.file("config") + " is not YAML at line "))
      << damaged.message;
}

TEST_F(KubeconfigContexts, a_file_of_more_than_a_mebibyte_is_refused) {
  EXPECT_EQ(error_of(read("a: " + std::string(1024 * 1024, 'b'))).code, Errc::too_large);
}

}  // namespace
}  // namespace gthulhu
