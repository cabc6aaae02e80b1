// SPDX-License-Identifier: Apache-2.0
#include "core/plan/ranking.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/plan/plan_samples.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using samples::for_command;
using samples::in_namespace;
using samples::selecting;
using samples::strategy;

TEST(Specificity, the_narrowest_criterion_counts) {
  EXPECT_EQ(specificity(strategy("s")), Specificity::all);
  EXPECT_EQ(specificity(in_namespace("s", "")), Specificity::all);
  EXPECT_EQ(specificity(in_namespace("s", "web")), Specificity::name_space);
  Strategy labels = selecting("s", "app", "web");
  EXPECT_EQ(specificity(labels), Specificity::labels);
  labels.namespaces.emplace_back("web");
  EXPECT_EQ(specificity(labels), Specificity::labels);
  labels.command = samples::command("nginx");
  EXPECT_EQ(specificity(labels), Specificity::command);
  EXPECT_EQ(specificity(for_command("s", "nginx")), Specificity::command);
  Strategy path = strategy("s");
  path.cgroup_paths = {"/a/*"};
  EXPECT_EQ(specificity(path), Specificity::labels);
}

Strategy created_at(Strategy strategy, std::chrono::milliseconds when) {
  strategy.created = TimePoint(when);
  return strategy;
}

Strategy of_rank(Strategy strategy, int rank) {
  strategy.rank = rank;
  return strategy;
}

// Design D8, weakest first; each pair of neighbours differs in one criterion that outweighs what
// speaks for the other.
TEST(Standing, rank_before_specificity_before_age_before_id) {
  const std::vector<Strategy> weakest_first{of_rank(created_at(for_command("a", "x"), 0ms), -1),
                                            created_at(strategy("d"), 9ms),
                                            created_at(strategy("c"), 9ms),
                                            created_at(strategy("z"), 8ms),
                                            created_at(in_namespace("n", "web"), 9ms),
                                            created_at(selecting("l", "app", "web"), 10ms),
                                            created_at(for_command("r", "x"), 11ms),
                                            of_rank(created_at(strategy("z"), 12ms), 1),
                                            of_rank(created_at(strategy("z"), 12ms), 2)};
  for (std::size_t i = 0; i < weakest_first.size(); ++i) {
    for (std::size_t j = 0; j < weakest_first.size(); ++j) {
      EXPECT_EQ(standing(weakest_first[i]) < standing(weakest_first[j]), i < j) << i << " " << j;
      EXPECT_EQ(standing(weakest_first[i]) == standing(weakest_first[j]), i == j);
    }
  }
}

}  // namespace
}  // namespace gthulhu
