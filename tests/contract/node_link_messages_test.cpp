// SPDX-License-Identifier: Apache-2.0
//
// The messages of docs/api/node-link.md as they are on the wire, in node_link/ beside this. Their
// digests were computed by another program, from that page.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "core/sync/node_set.h"
#include "wire/node_link_json.h"

namespace gthulhu {
namespace {

wire::Value golden(const std::string& name) {
  const std::ifstream file(std::string(GOLDEN_MESSAGES) + "/" + name + ".json");
  std::stringstream text;
  text << file.rdbuf();
  auto value = wire::parse_json(text.str());
  EXPECT_TRUE(value) << name << ": " << value.error().text();
  return value ? std::move(*value) : wire::Value();
}

// The same document with one member in place of another.
wire::Value with(const wire::Value& document, const std::string& name, const wire::Value& value) {
  wire::Value::Object members = *document.as<wire::Value::Object>();
  for (auto& [key, present] : members) {
    if (key == name) present = value;
  }
  return members;
}

TEST(NodeLinkMessages, are_read_and_written_as_they_are) {
  const auto set = wire::decode_set(golden("set"));
  ASSERT_TRUE(set) << set.error().text();
  EXPECT_EQ(wire::to_text(wire::encode_set(*set)), wire::to_text(golden("set")));
  const auto difference = wire::decode_difference(golden("difference"));
  ASSERT_TRUE(difference) << difference.error().text();
  EXPECT_EQ(wire::to_text(wire::encode_difference(*difference)),
            wire::to_text(golden("difference")));
  const auto state = wire::decode_state(golden("state"));
  ASSERT_TRUE(state) << state.error().text();
  EXPECT_EQ(wire::to_text(wire::encode_state(*state)), wire::to_text(golden("state")));
  const auto report = wire::decode_report(golden("report"));
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(wire::to_text(wire::encode_report(*report)), wire::to_text(golden("report")));
}

TEST(NodeLinkMessages, have_the_digest_of_what_the_node_then_holds) {
  const auto set = wire::decode_set(golden("set"));
  ASSERT_TRUE(set);
  EXPECT_EQ(digest_of(set->set).hex(), set->digest.hex());
  const auto difference = wire::decode_difference(golden("difference"));
  ASSERT_TRUE(difference);
  const auto reached = apply(set->set, difference->difference);
  ASSERT_TRUE(reached) << reached.error().text();
  EXPECT_EQ(digest_of(*reached).hex(), difference->digest.hex());
  EXPECT_EQ(gthulhu::difference(set->set, *reached), difference->difference);
}

TEST(NodeLinkMessages, that_are_wrong_are_refused_by_the_member) {
  const wire::Value set = golden("set");
  const wire::Value strategy = set.find("strategies")->as<wire::Value::Array>()->front();
  const wire::Value pod = set.find("pods")->as<wire::Value::Array>()->front();
  const auto only = [](wire::Value item) { return wire::Value::Array{std::move(item)}; };
  const std::vector<std::pair<std::string, wire::Value>> cases = {
      {"protocol", with(set, "protocol", 2)},
      {"generation", with(set, "generation", 0)},
      {"generation", with(set, "generation", -1)},
      {"digest", with(set, "digest", "ABC")},
      {"strategies[0].id", with(set, "strategies", only(with(strategy, "id", "x")))},
      {"strategies[0].priority", with(set, "strategies", only(with(strategy, "priority", 21)))},
      {"strategies[0].executionTime",
       with(set, "strategies", only(with(strategy, "executionTime", 1)))},
      {"strategies[0].commandMatch",
       with(set, "strategies", only(with(strategy, "commandMatch", "name")))},
      {"strategies[0].commandRegex",
       with(set, "strategies", only(with(strategy, "commandRegex", "(")))},
      {"strategies[0].rank", with(set, "strategies", only(with(strategy, "rank", 1'000'001)))},
      {"strategies[0].expiresAt", with(set, "strategies", only(with(strategy, "expiresAt", -1)))},
      {"strategies[1].id", with(set, "strategies", wire::Value::Array{strategy, strategy})},
      {"generation", with(set, "generation", (std::int64_t{1} << 53) + 1)},
      {"now", with(set, "now", 0)},
      {"now", with(set, "now", 253'402'300'800'000)},
      {"pods[0].uid", with(set, "pods", only(with(pod, "uid", "")))},
      {"pods[0].name", with(set, "pods", only(with(pod, "name", std::string(254, 'n'))))},
      {"pods[0].strategies", with(set, "pods", only(with(pod, "strategies", nullptr)))},
      {"pods[0].containers[0].id",
       with(
           set, "pods",
           only(with(pod, "containers", only(wire::Value::Object{{"name", "main"}, {"id", ""}}))))},
      {"pods[1].uid", with(set, "pods", wire::Value::Array{pod, pod})},
      {"pods[0].labels.app",
       with(set, "pods", only(with(pod, "labels", wire::Value::Object{{"app", 1}})))},
      {"pods", with(set, "strategies", wire::Value::Array{})}};
  for (const auto& [field, message] : cases) {
    const auto decoded = wire::decode_set(message);
    ASSERT_FALSE(decoded) << field;
    EXPECT_EQ(decoded.error().code, Errc::invalid_argument) << field;
    EXPECT_EQ(decoded.error().field, field) << decoded.error().text();
  }
}

}  // namespace
}  // namespace gthulhu
