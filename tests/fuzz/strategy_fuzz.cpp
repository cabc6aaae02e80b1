// SPDX-License-Identifier: Apache-2.0
//
// Strategies as clients send them, against what wire/strategy_request.h promises.
#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "base/check.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/made_up_json.h"
#include "wire/strategy_request.h"

namespace gthulhu::fuzz {

namespace {

using wire::UnknownFields;
using wire::Value;

const Maker& made_up_strategy() {
  static const Maker simple = some_object(
      {{"key", some_text({"app", "example.org/app"})}, {"value", some_text({"", "upf"})}});
  static const Maker expression =
      some_object({{"key", some_text({"app", "tier"})},
                   {"operator", one_of({"In", "NotIn", "Exists", "DoesNotExist"})},
                   {"values", some_list(some_text({"a", "b", ""}), 2)}});
  static const Maker name_spaces = some_list(some_text({"", "core", "kube-system"}), 2);
  static const Maker strategy =
      some_object({{"strategyId", some_id()},
                   {"strategyNamespace", some_text()},
                   {"labelSelectors", some_list(simple, 3)},
                   {"k8sNamespace", name_spaces},
                   {"commandRegex", some_text({"^nginx$", "a|b"})},
                   {"priority", some_number(-20, 20)},
                   {"executionTime", one_of({0, 100'000, 100'000'000, 1})},
                   {"rank", some_number(-1'000'000, 1'000'000)},
                   {"cgroupPaths", some_list(some_text({"/a/*", "**/x", "/[a-c]?"}), 2)},
                   {"name", some_text({"night shift"})},
                   {"description", some_text({"two\nlines"})},
                   {"enabled", some_flag()},
                   {"labelExpressions", some_list(expression, 3)},
                   {"excludedNamespaces", name_spaces},
                   {"container", some_text({"main", ""})},
                   {"expiresAt", some_number(0, 1'764'000'000'000)},
                   {"includeProtected", some_flag()},
                   {"confirmAll", one_of({true, true, true, false})},
                   {"excludedPods", some_list(some_text({"uid-1"}), 2)}});
  return strategy;
}

// Written, the requirements stand in another order: simple ones first.
Strategy in_order(const Strategy& strategy) {
  std::vector<LabelRequirement> requirements = strategy.selector.requirements();
  std::ranges::sort(requirements, {}, [](const LabelRequirement& requirement) {
    return std::tie(requirement.key, requirement.op, requirement.values);
  });
  const auto selector = LabelSelector::parse(requirements);
  CHECK(selector.has_value());
  CHECK(selector->requirements() == requirements);
  Strategy ordered = strategy;
  ordered.selector = *selector;
  return ordered;
}

// The message begins with the name of a member.
void check_refused(const Error& error) {
  CHECK(error.code == Errc::invalid_argument);
  CHECK(!error.message.empty());
  CHECK(error.field.empty() || error.message.starts_with(error.field));
}

void check_strategy(const Value& body) {
  const auto strategy = wire::decode_strategy(body, UnknownFields::ignored);
  const auto strict = wire::decode_strategy(body, UnknownFields::refused);
  if (!strategy) {
    CHECK(!strict.has_value());
    return check_refused(strategy.error());
  }
  if (strict) CHECK(*strict == *strategy);
  if (!strict) check_refused(strict.error());

  const auto text = wire::to_text(wire::encode_strategy_request(*strategy));
  const auto written = wire::parse_json(text);
  CHECK(written.has_value());
  const auto again = wire::decode_strategy(*written, UnknownFields::refused);
  CHECK(again.has_value());
  CHECK(in_order(*again) == in_order(*strategy));
  CHECK(wire::to_text(wire::encode_strategy_request(*again)) == text);

  const auto merged = wire::merge_strategy(*strategy, Value::Object{}, UnknownFields::refused);
  CHECK(merged.has_value());
  CHECK(*merged == *again);
  for (const Labels& labels :
       {Labels{}, Labels{{"app", "upf"}}, Labels{{"app", "a"}, {"tier", ""}}}) {
    CHECK(again->selector.selects(labels) == strategy->selector.selects(labels));
  }
}

}  // namespace

void try_input(std::string_view input) {
  const auto body = wire::parse_json(message_text(input, made_up_strategy()));
  if (!body) return;
  check_strategy(*body);
  const auto update = wire::decode_strategy_update(*body, UnknownFields::ignored);
  CHECK(update.has_value() || update.error().code == Errc::invalid_argument);
  // Anything may be a patch.
  const auto patched = wire::merge_strategy(Strategy{}, *body, UnknownFields::refused);
  if (!patched) check_refused(patched.error());
  const auto preview =
      wire::decode_preview_request(Value::Object{{"spec", *body}}, UnknownFields::refused);
  if (!preview) check_refused(preview.error());
}

}  // namespace gthulhu::fuzz
