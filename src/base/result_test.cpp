// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace gthulhu {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{Errc::invalid_argument, "odd", std::to_string(number)};
  return number / 2;
}

Result<> check(int number) {
  TRY(half(number));
  return {};
}

Result<int> quarter(int number, std::vector<int>& seen) {
  const int first = TRY(half(number));
  seen.push_back(first);
  return TRY(half(first));
}

struct Ticket {
  explicit Ticket(int n) : number(n) {}
  Ticket(Ticket&&) = default;
  Ticket& operator=(Ticket&&) = default;

  int number;
};

Result<Ticket> draw(int number) {
  if (number < 0) return Error{Errc::conflict, "negative", ""};
  return Ticket(number);
}

Result<Ticket> drawn(int number) {
  Ticket ticket = TRY(draw(number));
  return ticket;
}

TEST(Result, holds_a_value_or_an_error) {
  EXPECT_EQ(half(4), 2);
  ASSERT_FALSE(half(3));
  EXPECT_EQ(half(3).error().code, Errc::invalid_argument);
}

TEST(Result, without_a_value_is_a_success_by_default) {
  EXPECT_TRUE(Result<>().has_value());
  EXPECT_TRUE(check(2));
  EXPECT_FALSE(check(1));
}

TEST(Try, gives_the_value_or_returns_the_error) {
  std::vector<int> seen;
  EXPECT_EQ(quarter(8, seen), 2);
  EXPECT_EQ(seen, std::vector<int>{4});
  const auto late = quarter(6, seen);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().detail, "3");
  EXPECT_EQ(seen, (std::vector<int>{4, 3}));
  EXPECT_FALSE(quarter(5, seen));
  EXPECT_EQ(seen.size(), 2U);
}

TEST(Try, moves_what_cannot_be_copied) {
  const auto ticket = drawn(10);
  ASSERT_TRUE(ticket);
  EXPECT_EQ(ticket->number, 10);
  EXPECT_EQ(drawn(-1).error().code, Errc::conflict);
}

TEST(Error, grows_a_detail_and_keeps_its_message) {
  Error error{Errc::unavailable, "no store", ""};
  error = std::move(error).in("open file");
  EXPECT_EQ(error.detail, "open file");
  error = std::move(error).in("start");
  EXPECT_EQ(error.detail, "start: open file");
  EXPECT_EQ(error.message, "no store");
  EXPECT_EQ(error.text(), "no store (start: open file)");
  EXPECT_EQ((Error{Errc::internal, "plain", ""}).text(), "plain");
}

}  // namespace
}  // namespace gthulhu
