// SPDX-License-Identifier: Apache-2.0
#include "adapters/nodes/byte_budget.h"

#include <gmock/gmock.h>

#include <memory>

#include "net/loop_for_test.h"

namespace gthulhu {
namespace {

using testing::ElementsAre;

// Takes a share and holds it until it is told to end.
struct Taker {
  Taker(net::LoopForTest& loop, std::string its_name, std::size_t how_much)
      : name(std::move(its_name)), bytes(how_much), wakeup(loop.executor()) {}

  std::string name;
  std::size_t bytes;
  std::size_t shrinks_to = 0;  // 0: it does not
  net::Wakeup wakeup;
};

net::Awaitable<Result<net::Response>> hold(Taker* taker,
                                           ByteBudget* budget,
                                           std::vector<std::string>* served) {
  auto share = co_await budget->take(taker->bytes);
  if (taker->shrinks_to > 0) share.shrink_to(taker->shrinks_to);
  served->push_back(taker->name);
  co_await taker->wakeup.wait();
  co_return net::Response{};
}

net::Awaitable<> hold_and_forget(Taker* taker,
                                 ByteBudget* budget,
                                 std::vector<std::string>* served) {
  (void)co_await hold(taker, budget, served);
}

class ByteBudgetTest : public testing::Test {
 protected:
  void TearDown() override {
    loop_.cancel();
    loop_.run();
  }

  Taker& begin(const std::string& name, std::size_t bytes, std::size_t shrinks_to = 0) {
    takers_.push_back(std::make_unique<Taker>(loop_, name, bytes));
    takers_.back()->shrinks_to = shrinks_to;
    answers_.push_back(loop_.start(hold(takers_.back().get(), &budget_, &served_)));
    turn();
    return *takers_.back();
  }
  void end(Taker& taker) {
    taker.wakeup.wake();
    turn();
  }
  // Lets all go on as far as they can.
  void turn() {
    int turns = 0;
    loop_.run_until([&] { return ++turns > 20; });
  }

  net::LoopForTest loop_;
  ByteBudget budget_{loop_.executor(), 100};
  std::vector<std::unique_ptr<Taker>> takers_;
  std::vector<net::Answer> answers_;
  std::vector<std::string> served_;
};

TEST_F(ByteBudgetTest, serves_while_there_is_room) {
  Taker& a = begin("a", 60);
  begin("b", 40);
  EXPECT_THAT(served_, ElementsAre("a", "b"));
  begin("c", 1);
  EXPECT_THAT(served_, ElementsAre("a", "b"));
  end(a);
  EXPECT_THAT(served_, ElementsAre("a", "b", "c"));
}

TEST_F(ByteBudgetTest, serves_in_the_order_in_which_they_come) {
  Taker& a = begin("a", 60);
  Taker& b = begin("b", 80);
  begin("c", 10);  // there is room for it, but not before b
  begin("d", 10);
  EXPECT_THAT(served_, ElementsAre("a"));
  end(a);
  EXPECT_THAT(served_, ElementsAre("a", "b", "c", "d"));
  begin("e", 1);
  EXPECT_EQ(served_.size(), 4u);
  end(b);
  EXPECT_EQ(served_.back(), "e");
}

TEST_F(ByteBudgetTest, what_is_larger_than_the_whole_gets_the_whole) {
  Taker& a = begin("a", 1);
  Taker& b = begin("b", 1'000'000);
  EXPECT_THAT(served_, ElementsAre("a"));
  end(a);
  EXPECT_THAT(served_, ElementsAre("a", "b"));
  begin("c", 1);
  EXPECT_THAT(served_, ElementsAre("a", "b"));
  end(b);
  EXPECT_THAT(served_, ElementsAre("a", "b", "c"));
}

TEST_F(ByteBudgetTest, what_turns_out_smaller_leaves_room_for_others) {
  Taker& a = begin("a", 100, 30);
  Taker& b = begin("b", 70, 1'000);  // which changes nothing
  EXPECT_THAT(served_, ElementsAre("a", "b"));
  begin("c", 1);
  EXPECT_THAT(served_, ElementsAre("a", "b"));
  end(a);
  end(b);
  begin("d", 99);
  EXPECT_THAT(served_, ElementsAre("a", "b", "c", "d"));
}

TEST_F(ByteBudgetTest, who_is_cancelled_while_it_waits_lets_those_behind_it_go_on) {
  Taker& a = begin("a", 60);
  net::TaskGroup cut_off(loop_.executor(), {});
  Taker b(loop_, "b", 80);
  cut_off.spawn(hold_and_forget(&b, &budget_, &served_));
  turn();
  begin("c", 10);
  EXPECT_THAT(served_, ElementsAre("a"));
  cut_off.cancel();
  turn();
  EXPECT_THAT(served_, ElementsAre("a", "c"));
  end(a);
  EXPECT_EQ(cut_off.size(), 0u);
}

TEST_F(ByteBudgetTest, who_is_cancelled_while_it_holds_a_share_gives_it_back) {
  begin("a", 100);
  loop_.cancel();
  loop_.run();
  begin("d", 100);
  EXPECT_THAT(served_, ElementsAre("a", "d"));
}

}  // namespace
}  // namespace gthulhu
