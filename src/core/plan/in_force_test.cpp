// SPDX-License-Identifier: Apache-2.0
#include "core/plan/in_force.h"

#include <gtest/gtest.h>

#include "core/plan/plan_samples.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint now{std::chrono::seconds{1'764'000'000}};

TEST(InForce, a_strategy_counts_until_it_expires_and_while_it_is_enabled) {
  Strategy strategy = samples::strategy("s");
  EXPECT_TRUE(is_in_force(strategy, now));
  strategy.expires = now + 1ms;
  EXPECT_TRUE(is_in_force(strategy, now));
  strategy.expires = now;
  EXPECT_FALSE(is_in_force(strategy, now));
  strategy.expires = std::nullopt;
  strategy.enabled = false;
  EXPECT_FALSE(is_in_force(strategy, now));
}

TEST(InForce, only_what_asks_for_something_keeps_pods_out) {
  EXPECT_TRUE(selects_everything(samples::strategy("s")));
  EXPECT_TRUE(selects_everything(samples::for_command("s", "nginx")));
  EXPECT_TRUE(selects_everything(samples::in_namespace("s", "")));
  Strategy all_but = samples::strategy("s");
  all_but.selector = samples::selector(
      {{"app", LabelOperator::not_in, {"web"}}, {"test", LabelOperator::does_not_exist, {}}});
  all_but.excluded_namespaces = {Namespace("test")};
  EXPECT_TRUE(selects_everything(all_but));
  EXPECT_FALSE(selects_everything(samples::selecting("s", "app", "web")));
  EXPECT_FALSE(selects_everything(samples::in_namespace("s", "web")));
  Strategy paths = samples::strategy("s");
  paths.cgroup_paths = {"/system.slice/*"};
  EXPECT_FALSE(selects_everything(paths));
}

}  // namespace
}  // namespace gthulhu
