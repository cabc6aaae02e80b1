// SPDX-License-Identifier: Apache-2.0
#include "main/config/given_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "main/config/settings.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr ValueRule no_rule{};
constexpr ValueRule a_day{.least = 1, .most = 24};
constexpr ValueRule half_an_hour{.least = 10, .most = 1800};
constexpr ValueRule pem{.pem = true};

GivenValue typed(std::string text) {
  return {std::move(text), false};
}
GivenValue untyped(std::string text) {
  return {std::move(text), true};
}

template <class Value>
std::string complaint(const GivenValue& given, const ValueRule& rule = no_rule) {
  const auto value = read_value<Value>(given, rule);
  EXPECT_FALSE(value);
  if (value) return "";
  EXPECT_EQ(value.error().code, Errc::invalid_argument);
  return value.error().text();
}

TEST(GivenValue, a_boolean_of_a_variable_is_written_as_go_reads_it) {
  for (const char* text : {"true", "TRUE", "True", "t", "1", " true "}) {
    EXPECT_EQ(read_value<bool>(untyped(text), no_rule), true) << text;
  }
  for (const char* text : {"false", "FALSE", "F", "0"}) {
    EXPECT_EQ(read_value<bool>(untyped(text), no_rule), false) << text;
  }
  EXPECT_EQ(complaint<bool>(untyped("yes")), "expected true or false, not \"yes\"");
}

TEST(GivenValue, a_boolean_of_a_file_is_not_text) {
  EXPECT_EQ(read_value<bool>({true}, no_rule), true);
  EXPECT_EQ(complaint<bool>(typed("true")), "expected true or false, not \"true\"");
  EXPECT_EQ(complaint<bool>({std::int64_t{1}}), "expected true or false, not 1");
}

TEST(GivenValue, hours_have_bounds_and_are_whole) {
  EXPECT_EQ(read_value<std::chrono::hours>({std::int64_t{1}}, a_day), 1h);
  EXPECT_EQ(read_value<std::chrono::hours>({std::int64_t{24}}, a_day), 24h);
  EXPECT_EQ(read_value<std::chrono::hours>(untyped("24"), a_day), 24h);
  const std::string expected = "expected whole hours, 1 to 24, not ";
  EXPECT_EQ(complaint<std::chrono::hours>({std::int64_t{0}}, a_day), expected + "0");
  EXPECT_EQ(complaint<std::chrono::hours>({std::int64_t{25}}, a_day), expected + "25");
  EXPECT_EQ(complaint<std::chrono::hours>({std::int64_t{-3}}, a_day), expected + "-3");
  EXPECT_EQ(complaint<std::chrono::hours>(untyped("25"), a_day), expected + "\"25\"");
  EXPECT_EQ(complaint<std::chrono::hours>(untyped("2.5"), a_day), expected + "\"2.5\"");
  EXPECT_EQ(complaint<std::chrono::hours>(untyped("99999999999999999999"), a_day),
            expected + "\"99999999999999999999\"");
  EXPECT_EQ(complaint<std::chrono::hours>(typed("3"), a_day), expected + "\"3\"");
}

TEST(GivenValue, durations_have_a_unit_and_bounds) {
  EXPECT_EQ(read_value<std::chrono::seconds>(typed("10s"), half_an_hour), 10s);
  EXPECT_EQ(read_value<std::chrono::seconds>(typed("10m"), half_an_hour), 600s);
  EXPECT_EQ(read_value<std::chrono::seconds>(untyped("30m"), half_an_hour), 1800s);
  EXPECT_EQ(read_value<std::chrono::seconds>(typed("2h"), ValueRule{.least = 1, .most = 7200}), 2h);
  for (const char* text : {"9s", "1801s", "1h", "600", "m", "-10m", "10 minutes", "99999999999h"}) {
    EXPECT_EQ(complaint<std::chrono::seconds>(typed(text), half_an_hour),
              "expected duration, 10s to 30m, not \"" + std::string(text) + "\"");
  }
  EXPECT_EQ(complaint<std::chrono::seconds>({std::int64_t{600}}, half_an_hour),
            "expected duration, 10s to 30m, not 600");
}

TEST(GivenValue, a_port_is_a_number_or_its_text) {
  EXPECT_EQ(read_value<std::uint16_t>({std::int64_t{65535}}, no_rule), 65535);
  EXPECT_EQ(read_value<std::uint16_t>(typed("27017"), no_rule), 27017);
  for (const char* text : {"0", "65536", "http", "-1"}) {
    EXPECT_THAT(complaint<std::uint16_t>(typed(text)), HasSubstr("port, 1 to 65535"));
  }
}

TEST(GivenValue, choices_are_named_in_the_error) {
  EXPECT_EQ(read_value<StoreKind>(typed("SQLite"), no_rule), StoreKind::sqlite);
  EXPECT_EQ(read_value<StoreKind>(untyped("mongodb"), no_rule), StoreKind::mongodb);
  EXPECT_EQ(complaint<StoreKind>(typed("mysql")), "expected sqlite or mongodb, not \"mysql\"");
  EXPECT_EQ(read_value<EnforcerChoice>(typed("auto"), no_rule), EnforcerChoice::automatic);
  EXPECT_EQ(complaint<EnforcerChoice>(typed("eevdf")),
            "expected auto, sched_ext, cfs, external or observe, not \"eevdf\"");
  EXPECT_EQ(read_value<LogLevel>(typed("warn"), no_rule), LogLevel::warning);
  EXPECT_EQ(read_value<LogLevel>(typed("INFO"), no_rule), LogLevel::info);
  EXPECT_EQ(complaint<LogLevel>(typed("loud")),
            "expected debug, info, warn, error or off, not \"loud\"");
}

TEST(GivenValue, every_choice_is_read_back_by_its_name) {
  for (const StoreKind kind : {StoreKind::sqlite, StoreKind::mongodb}) {
    EXPECT_EQ(read_value<StoreKind>(typed(std::string(name(kind))), no_rule), kind);
  }
  for (const net::LoggedAnswers kind :
       {net::LoggedAnswers::all, net::LoggedAnswers::changes, net::LoggedAnswers::off}) {
    EXPECT_EQ(read_value<net::LoggedAnswers>(typed(std::string(name(kind))), no_rule), kind);
  }
  for (const EnforcerChoice kind :
       {EnforcerChoice::automatic, EnforcerChoice::sched_ext, EnforcerChoice::cfs,
        EnforcerChoice::external, EnforcerChoice::observe}) {
    EXPECT_EQ(read_value<EnforcerChoice>(typed(std::string(name(kind))), no_rule), kind);
  }
}

TEST(GivenValue, a_listen_address_says_what_is_wrong_with_it) {
  EXPECT_EQ(read_value<net::ListenAddress>(typed("[::1]:80"), no_rule),
            (net::ListenAddress{"::1", 80}));
  EXPECT_THAT(complaint<net::ListenAddress>(typed("8081")), HasSubstr("the port is missing"));
  EXPECT_EQ(complaint<net::ListenAddress>({std::int64_t{8081}}),
            "expected text, not a whole number");
}

TEST(GivenValue, pem_must_have_a_block_and_is_never_repeated) {
  const std::string block = "-----BEGIN X-----\nAAAA\n-----END X-----\n";
  EXPECT_EQ(read_value<std::string>(typed(block), pem), block);
  EXPECT_EQ(read_value<Secret>(typed("\n" + block), pem)->reveal(), "\n" + block);
  for (const std::string text : {"hunter2", "-----BEGIN X-----\nhunter2", "/root/hunter2.pem"}) {
    EXPECT_THAT(complaint<Secret>(typed(text), pem), HasSubstr("expected PEM"));
    EXPECT_THAT(complaint<Secret>(typed(text), pem), Not(HasSubstr("hunter2")));
  }
}

TEST(GivenValue, a_secret_of_a_wrong_type_is_not_repeated) {
  EXPECT_EQ(complaint<Secret>({std::int64_t{4711}}), "expected text, not a whole number");
  EXPECT_EQ(complaint<Secret>({std::vector<std::string>{"hunter2"}}), "expected text, not a list");
}

TEST(GivenValue, pem_blocks_come_out_of_one_text_or_of_many) {
  const std::string one = "-----BEGIN X-----\n1\n-----END X-----\n";
  const std::string two = "-----BEGIN X-----\n2\n-----END X-----\n";
  using Blocks = std::vector<std::string>;
  EXPECT_EQ(read_value<Blocks>(typed("older:\n" + one + "oldest:\n" + two), pem),
            (Blocks{one, two}));
  EXPECT_EQ(read_value<Blocks>({Blocks{one, two}}, pem), (Blocks{one, two}));
  EXPECT_EQ(read_value<Blocks>({Blocks{one + two, one}}, pem), (Blocks{one, two, one}));
  EXPECT_EQ(read_value<Blocks>({Blocks{}}, pem), Blocks{});
  EXPECT_THAT(complaint<Blocks>(typed("hunter2"), pem), Not(HasSubstr("hunter2")));
  EXPECT_THAT(complaint<Blocks>({Blocks{one, "hunter2"}}, pem), HasSubstr("expected PEM blocks"));
  EXPECT_THAT(complaint<Blocks>({true}, pem), HasSubstr("expected PEM blocks"));
}

}  // namespace
}  // namespace gthulhu
