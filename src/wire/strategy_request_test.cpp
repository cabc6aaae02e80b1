// SPDX-License-Identifier: Apache-2.0
#include "wire/strategy_request.h"

#include <gtest/gtest.h>

namespace gthulhu::wire {
namespace {

Result<Strategy> decode(std::string_view body, UnknownFields unknown = UnknownFields::ignored) {
  return decode_strategy(TRY(parse_json(body)), unknown);
}

TEST(DecodeStrategy, reads_every_field) {
  const Result<Strategy> strategy = decode(R"({"strategyNamespace":"team","labelSelectors":[
    {"key":"tier","value":"gold"},{"key":"app"}],"k8sNamespace":["core","edge"],"commandRegex":"^nr-gnb$",
    "priority":10,"executionTime":2000000,"rank":3,"cgroupPaths":["/gthulhu/*"],"unknown":1})");
  ASSERT_TRUE(strategy) << strategy.error().message;
  EXPECT_EQ(strategy->strategy_namespace, "team");
  EXPECT_EQ(strategy->selector.requirements().size(), 2u);
  EXPECT_TRUE(strategy->selector.selects({{"tier", "gold"}, {"app", "x"}}));
  EXPECT_FALSE(strategy->selector.selects({{"tier", "gold"}}));
  EXPECT_EQ(strategy->namespaces, (std::vector{Namespace("core"), Namespace("edge")}));
  EXPECT_EQ(strategy->command.text(), "^nr-gnb$");
  EXPECT_EQ(strategy->priority.value(), 10);
  EXPECT_EQ(strategy->slice.length(), std::chrono::milliseconds(2));
  EXPECT_EQ(strategy->rank, 3);
  EXPECT_EQ(strategy->cgroup_paths, std::vector<std::string>{"/gthulhu/*"});
}

TEST(DecodeStrategy, one_empty_namespace_means_all_as_in_the_go_system) {
  EXPECT_TRUE(decode(R"({"k8sNamespace":[""],"confirmAll":true})")->namespaces.empty());
}

TEST(DecodeStrategy, every_bad_field_is_named) {
  struct Case {
    const char* body;
    const char* begin;
  };
  for (const Case& c :
       {Case{R"({"priority":21})", "priority must be between -20 and 20, not 21"},
        Case{R"({"priority":-21})", "priority must be between -20 and 20, not -21"},
        Case{R"({"priority":"high"})", "priority must be an integer, not a string"},
        Case{R"({"executionTime":99999})", "executionTime must be 0 or between 100000 and"},
        Case{R"({"executionTime":100000001})", "executionTime must be 0 or between 100000 and"},
        Case{R"({"commandRegex":"("})", "commandRegex"},
        Case{R"({"labelSelectors":[{"key":"a b","value":"c"}]})", "labelSelectors[0].key"},
        Case{R"({"labelSelectors":[{"key":"a"},{"key":"","value":"c"}]})", "labelSelectors[1].key"},
        Case{R"({"labelSelectors":[{"key":"a","value":"b c"}]})", "labelSelectors[0].value"},
        Case{R"({"labelSelectors":{"key":"a"}})", "labelSelectors must be a list, not an object"},
        Case{R"({"k8sNamespace":"core"})", "k8sNamespace must be a list, not a string"},
        Case{R"({"k8sNamespace":["ok","Not Ok"]})", "k8sNamespace[1] must be a namespace's name"},
        Case{R"({"rank":1000001})", "rank must be between"},
        Case{R"({"cgroupPaths":["/a","/b[a"]})", "cgroupPaths[1]"},
        Case{R"({"labelExpressions":[{"key":"a","operator":"Is"}]})",
             "labelExpressions[0].operator must be In, NotIn, Exists or DoesNotExist, not \"Is\""},
        Case{R"({"labelExpressions":[{"key":"a","operator":"In"}]})", "labelExpressions[0]"},
        Case{R"({"labelExpressions":[{"key":"a","operator":"Exists","values":["b"]}]})",
             "labelExpressions[0]"},
        Case{R"({"excludedNamespaces":["No"]})",
             "excludedNamespaces[0] must be a namespace's name"},
        Case{R"({"name":"a\nb"})", "name must not have control characters"},
        Case{R"({"container":"No"})", "container must be a container's name"},
        Case{R"({"expiresAt":-1})", "expiresAt must be milliseconds since 1970"},
        Case{R"({"enabled":1})", "enabled must be"},
        Case{R"({"excludedPods":[""]})", "excludedPods[0] must be a pod's UID"},
        Case{R"({"priority":3})", "confirmAll must be true"},
        Case{R"({"commandRegex":"x"})", "confirmAll must be true"},
        Case{R"({"labelExpressions":[{"key":"a","operator":"DoesNotExist"}]})",
             "confirmAll must be true"},
        Case{R"([])", "the body must be an object"}}) {
    const Result<Strategy> strategy = decode(c.body);
    ASSERT_FALSE(strategy) << c.body;
    EXPECT_EQ(strategy.error().code, Errc::invalid_argument) << c.body;
    EXPECT_TRUE(strategy.error().message.starts_with(c.begin)) << strategy.error().message;
  }
}

TEST(DecodeStrategy, strict_validation_refuses_unknown_fields) {
  const Result<Strategy> strategy = decode(R"({"priorty":1})", UnknownFields::refused);
  ASSERT_FALSE(strategy);
  EXPECT_TRUE(strategy.error().message.starts_with("priorty is not a field"))
      << strategy.error().message;
}

TEST(DecodeStrategy, reads_the_fields_that_are_ours) {
  const Result<Strategy> strategy = decode(R"({"name":"gold","description":"a\nb","enabled":false,
    "labelExpressions":[{"key":"zone","operator":"NotIn","values":["east","west"]},
                        {"key":"beta","operator":"DoesNotExist"}],
    "excludedNamespaces":["test"],"container":"main","expiresAt":1764000000000,
    "includeProtected":true,"confirmAll":true,"excludedPods":["u-1"]})",
                                           UnknownFields::refused);
  ASSERT_TRUE(strategy) << strategy.error().message;
  EXPECT_EQ(strategy->name, "gold");
  EXPECT_EQ(strategy->description, "a\nb");
  EXPECT_FALSE(strategy->enabled);
  EXPECT_TRUE(strategy->selector.selects({{"zone", "north"}}));
  EXPECT_FALSE(strategy->selector.selects({{"zone", "east"}}));
  EXPECT_FALSE(strategy->selector.selects({{"beta", ""}}));
  EXPECT_EQ(strategy->excluded_namespaces, std::vector{Namespace("test")});
  EXPECT_EQ(strategy->container, "main");
  EXPECT_EQ(strategy->expires, TimePoint(std::chrono::seconds(1'764'000'000)));
  EXPECT_TRUE(strategy->includes_protected);
  EXPECT_TRUE(strategy->confirms_all);
  EXPECT_EQ(strategy->excluded_pods, std::vector{PodUid("u-1")});
  EXPECT_EQ(*decode(to_text(encode_strategy_request(*strategy)), UnknownFields::refused),
            *strategy);
}

TEST(DecodeStrategyUpdate, what_is_absent_has_its_default) {
  const auto update = decode_strategy_update(
      *parse_json(R"({"strategyId":"64B000000000000000000001","k8sNamespace":["a"]})"),
      UnknownFields::refused);
  ASSERT_TRUE(update) << update.error().message;
  EXPECT_EQ(update->id, "64B000000000000000000001");
  EXPECT_TRUE(update->strategy.enabled);
  EXPECT_EQ(update->strategy.namespaces, std::vector{Namespace("a")});
}

TEST(MergeStrategy, what_the_patch_does_not_name_stays_and_null_is_the_default) {
  Strategy present = *decode(R"({"name":"gold","labelSelectors":[{"key":"app","value":"web"}],
    "labelExpressions":[{"key":"beta","operator":"DoesNotExist"}],"priority":5,"rank":2})");
  present.clamped = true;
  const auto merge = [&](const char* patch) {
    return merge_strategy(present, *parse_json(patch), UnknownFields::refused);
  };
  EXPECT_EQ(*merge("{}"), present);
  const Result<Strategy> merged = merge(R"({"Priority":7,"name":null})");
  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_EQ(merged->priority.value(), 7);
  EXPECT_FALSE(merged->clamped);
  EXPECT_EQ(merged->name, "");
  EXPECT_EQ(merged->rank, 2);
  EXPECT_EQ(merged->selector, present.selector);
  EXPECT_TRUE(merge(R"({"labelSelectors":null})").error().message.starts_with("confirmAll"));
  EXPECT_TRUE(merge(R"({"prio":1})").error().message.starts_with("prio is not a field"));
  EXPECT_EQ(merge("[]").error().message, "the body must be an object");
}

TEST(MergeStrategy, goes_with_as_many_requirements_as_both_lists_may_have) {
  Value::Array simple;
  Value::Array expressions;
  for (int i = 0; i < 64; ++i) {
    simple.emplace_back(Value::Object{{"key", "s" + std::to_string(i)}});
    expressions.emplace_back(
        Value::Object{{"key", "e" + std::to_string(i)}, {"operator", "Exists"}});
  }
  const auto present = decode_strategy(Value::Object{{"labelSelectors", std::move(simple)},
                                                     {"labelExpressions", std::move(expressions)}},
                                       UnknownFields::refused);
  ASSERT_TRUE(present) << present.error().message;
  const auto merged = merge_strategy(*present, Value::Object{}, UnknownFields::refused);
  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_EQ(*merged, *present);
}

TEST(DecodePreviewRequest, the_strategy_stands_in_spec_beside_what_it_would_replace) {
  const auto request = decode_preview_request(
      *parse_json(R"({"spec":{"k8sNamespace":["a"]},"baseId":"64b000000000000000000001",
        "baseRevision":3})"),
      UnknownFields::ignored);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->base, StrategyId("64b000000000000000000001"));
  EXPECT_EQ(request->base_revision, 3);
  EXPECT_TRUE(decode_preview_request(*parse_json("{}"), UnknownFields::ignored)
                  .error()
                  .message.starts_with("spec must be there"));
}

TEST(DecodePreviewRequest, one_that_selects_every_pod_is_shown_before_it_is_confirmed) {
  const auto request =
      decode_preview_request(*parse_json(R"({"spec":{"priority":3}})"), UnknownFields::refused);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_FALSE(request->strategy.confirms_all);
}

TEST(DecodePreviewRequest, a_bad_field_has_the_name_that_it_has_in_the_strategy) {
  const auto message = [](const char* body) {
    const auto request = decode_preview_request(*parse_json(body), UnknownFields::ignored);
    return request ? "" : request.error().message;
  };
  EXPECT_TRUE(message(R"({"spec":{"priority":21}})").starts_with("priority must be"));
  EXPECT_TRUE(message(R"({"spec":{"priority":"x"}})").starts_with("priority must be"));
  EXPECT_EQ(message(R"({"spec":[]})"), "spec must be an object, not a list");
  EXPECT_TRUE(message(R"({"spec":null})").starts_with("spec must be there"));
}

}  // namespace
}  // namespace gthulhu::wire
