// SPDX-License-Identifier: Apache-2.0
#include "adapters/kube/list_watch.h"

#include <gmock/gmock.h>

#include "adapters/kube/reflector.h"
#include "adapters/kube/scripted_server_for_test.h"
#include "tests/fakes/fake_random.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class ListWatchTest : public testing::Test, public WatchObserver {
 protected:
  using Changes = Reflector<wire::KubeNode>::Changes;

  ListWatchTest() {
    pace_.watch = 1s;
    pace_.apart = 20ms;
    pace_.poll = 50ms;
    pace_.grace = 20ms;
    pace_.list = {2s, 1s};
    pace_.stalled = 2s;
    pace_.head = 2s;
  }

  void begin() {
    reflector_ = std::make_unique<Reflector<wire::KubeNode>>(
        ListWatch::Parts{clock_, random_, access_, *this}, "/api/v1/nodes", "nodes", pace_,
        [this](const Changes& changes) { take(changes); });
    reflector_->start();
  }
  void TearDown() override {
    if (reflector_) reflector_->stop();
  }

  void take(const Changes& changes) {
    const std::lock_guard lock(mutex_);
    for (const std::string& uid : changes.gone) known_.erase(uid);
    for (const wire::KubeNode& node : changes.changed) known_[node.meta.uid] = node.meta.version;
    if (changes.is_all) ++whole_;
    handed_over_ += changes.changed.size();
    changed_.notify_all();
  }
  template <class Condition>
  bool comes(const Condition& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, condition);
  }
  bool knows(const Objects& objects) {
    return comes([&] { return known_ == objects; });
  }

  void fell_behind(const std::string& /*resource*/, const Error& why) override {
    const std::lock_guard lock(mutex_);
    complaints_.push_back(why.text());
    changed_.notify_all();
  }
  void is_current(const std::string& /*resource*/, std::size_t /*objects*/) override {
    const std::lock_guard lock(mutex_);
    ++current_;
    changed_.notify_all();
  }
  void lost_events(const std::string& /*resource*/, std::size_t count) override {
    const std::lock_guard lock(mutex_);
    lost_ += count;
    changed_.notify_all();
  }

  std::mutex mutex_;  // guards what follows, up to lost_
  std::condition_variable changed_;
  Objects known_;
  std::size_t handed_over_ = 0;
  int whole_ = 0;
  int current_ = 0;
  std::vector<std::string> complaints_;
  std::size_t lost_ = 0;

  RealClock clock_;
  FakeRandom random_{1};
  ScriptedServer server_;
  ScriptedAccess access_{server_.url()};
  WatchPace pace_;
  std::unique_ptr<Reflector<wire::KubeNode>> reflector_;
};

constexpr const char* first_list =
    "/api/v1/nodes limit=500 resourceVersionMatch=NotOlderThan resourceVersion=";

TEST_F(ListWatchTest, a_list_comes_in_pages_and_the_watch_goes_on_where_it_ended) {
  server_.answer(list_of({{"a", 1}, {"b", 2}}, 7, "more/+"));
  server_.answer(list_of({{"c", 3}}, 7));
  server_.answer(event("MODIFIED", "a", 8) + event("DELETED", "b", 9) + event("ADDED", "d", 10));
  begin();
  EXPECT_TRUE(knows({{"a", 8}, {"c", 3}, {"d", 10}}));
  const auto asked = server_.asked(4);
  ASSERT_GE(asked.size(), 4u);
  EXPECT_EQ(asked[0], first_list + std::string("0"));
  EXPECT_EQ(asked[1], "/api/v1/nodes limit=500 continue=more/+");
  EXPECT_THAT(asked[2], HasSubstr("watch=true allowWatchBookmarks=true resourceVersion=7 timeout"));
  EXPECT_THAT(asked[3], HasSubstr("watch=true allowWatchBookmarks=true resourceVersion=10 "));
  EXPECT_EQ(whole_, 1);
  EXPECT_EQ(reflector_->status().lists, 1u);
}

TEST_F(ListWatchTest, a_bookmark_moves_the_place_where_the_watch_goes_on) {
  server_.answer(list_of({}, 7));
  server_.answer(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"500"}}})"
                 "\n");
  begin();
  const auto asked = server_.asked(3);
  ASSERT_THAT(asked, SizeIs(3));
  EXPECT_THAT(asked[2], HasSubstr("resourceVersion=500 "));
}

TEST_F(ListWatchTest, a_watch_that_is_too_old_is_followed_by_one_list) {
  server_.answer(list_of({{"a", 1}, {"b", 2}}, 7));
  server_.answer(R"({"type":"ERROR","object":{"code":410,"reason":"Expired","message":"old"}})"
                 "\n");
  server_.answer(list_of({{"b", 2}, {"c", 11}}, 12));
  begin();
  EXPECT_TRUE(knows({{"b", 2}, {"c", 11}}));
  const auto asked = server_.asked(4);
  ASSERT_GE(asked.size(), 4u);
  EXPECT_EQ(asked[2], first_list + std::string("7"));
  EXPECT_THAT(asked[3], HasSubstr("watch=true allowWatchBookmarks=true resourceVersion=12 "));
}

TEST_F(ListWatchTest, only_a_list_that_is_too_old_itself_is_followed_by_one_of_the_whole_cluster) {
  server_.answer(list_of({{"a", 1}}, 7));
  server_.answer(R"({"type":"ERROR","object":{"code":410}})"
                 "\n");
  server_.answer(410, R"({"kind":"Status","code":410,"reason":"Expired","message":"too old"})");
  server_.answer(list_of({{"a", 1}, {"b", 3}}, 5));  // of a backup, say
  begin();
  EXPECT_TRUE(knows({{"a", 1}, {"b", 3}}));
  const auto asked = server_.asked(5);
  ASSERT_GE(asked.size(), 5u);
  EXPECT_EQ(asked[3], "/api/v1/nodes limit=500");
  EXPECT_THAT(asked[4], HasSubstr("resourceVersion=5 "));
}

TEST_F(ListWatchTest, a_list_that_is_cut_off_takes_nothing_away) {
  server_.answer(list_of({{"a", 1}, {"b", 2}}, 7));
  server_.answer(R"({"type":"ERROR","object":{"code":410}})"
                 "\n");
  const std::string whole = list_of({{"c", 8}}, 9);
  server_.answer(whole.substr(0, whole.size() - 2));
  begin();
  server_.asked(4);
  EXPECT_TRUE(knows({{"a", 1}, {"b", 2}, {"c", 8}}));
  server_.answer(list_of({{"c", 8}}, 9));
  EXPECT_TRUE(knows({{"c", 8}}));
}

TEST_F(ListWatchTest, a_watch_that_is_cut_off_goes_on_where_it_was) {
  server_.answer(list_of({{"a", 1}}, 7));
  server_.answer(event("ADDED", "b", 8) + R"({"type":"ADD)");
  server_.answer(event("ADDED", "b", 8) + event("ADDED", "c", 9) + "garbage\n");
  begin();
  EXPECT_TRUE(knows({{"a", 1}, {"b", 8}, {"c", 9}}));
  const auto asked = server_.asked(4);
  ASSERT_GE(asked.size(), 4u);
  EXPECT_THAT(asked[2], HasSubstr("resourceVersion=8 "));
  EXPECT_THAT(asked[3], HasSubstr("resourceVersion=9 "));
  EXPECT_EQ(reflector_->status().lists, 1u);
  EXPECT_EQ(reflector_->status().repeated, 1u);
}

TEST_F(ListWatchTest, a_watch_that_says_nothing_is_given_up) {
  pace_.head = 300ms;
  server_.answer(list_of({}, 7));
  begin();
  const auto asked = server_.asked(4);  // nobody answers a watch
  EXPECT_THAT(asked, SizeIs(testing::Ge(4u)));
  EXPECT_TRUE(comes([&] { return !complaints_.empty(); }));
  EXPECT_THAT(complaints_.at(0), HasSubstr("in time"));
}

TEST_F(ListWatchTest, what_is_changed_and_deleted_in_one_piece_is_gone) {
  server_.answer(list_of({{"z", 1}}, 7));
  server_.answer(event("ADDED", "a", 8) + event("MODIFIED", "a", 9) + event("DELETED", "a", 10) +
                 event("DELETED", "z", 11));
  begin();
  EXPECT_TRUE(comes([&] { return whole_ == 1 && known_.empty(); }));
}

TEST_F(ListWatchTest, of_changes_of_one_object_that_come_together_only_the_last_is_handed_over) {
  server_.answer(list_of({{"a", 1}}, 7));
  server_.answer(event("MODIFIED", "a", 8) + event("MODIFIED", "a", 9));
  begin();
  EXPECT_TRUE(knows({{"a", 9}}));
  EXPECT_EQ(handed_over_, 2u);
}

TEST_F(ListWatchTest, a_server_that_wants_peace_is_left_in_peace) {
  server_.answer(429, R"({"kind":"Status","message":"slow down"})", {{"Retry-After", "1"}});
  server_.answer(list_of({{"a", 1}}, 7));
  const auto began = clock_.monotonic();
  begin();
  EXPECT_TRUE(knows({{"a", 1}}));
  EXPECT_GE(clock_.monotonic() - began, 1s);
  EXPECT_THAT(complaints_, ElementsAre(HasSubstr("slow down")));
  EXPECT_TRUE(comes([&] { return current_ == 1; }));
}

TEST_F(ListWatchTest, credentials_that_are_refused_are_got_anew) {
  server_.answer(401, R"({"kind":"Status","message":"Unauthorized"})");
  server_.answer(list_of({{"a", 1}}, 7));
  begin();
  EXPECT_TRUE(knows({{"a", 1}}));
  EXPECT_EQ(access_.refusals, 1);
}

TEST_F(ListWatchTest, a_server_that_forbids_for_a_moment_is_not_believed) {
  server_.answer(list_of({{"a", 1}}, 7));
  server_.answer(403, R"({"kind":"Status","message":"nodes is forbidden"})");
  server_.answer(event("ADDED", "b", 8));
  begin();
  EXPECT_TRUE(knows({{"a", 1}, {"b", 8}}));
  EXPECT_EQ(reflector_->status().lists, 1u);
}

TEST_F(ListWatchTest, where_no_watch_is_allowed_it_lists_again_and_again) {
  pace_.doubt = 1s;
  server_.answer(list_of({{"a", 1}}, 7));
  // It is not believed at once, but then it is.
  for (const int refusals : {3, 1}) {
    for (int i = 0; i < refusals; ++i) {
      server_.answer(403, R"({"kind":"Status","message":"nodes is forbidden"})");
    }
    server_.answer(list_of({{"a", 1}, {"b", 8}}, 9));
  }
  begin();
  EXPECT_TRUE(knows({{"a", 1}, {"b", 8}}));
  server_.asked(8);
  const WatchedKind status = reflector_->status();
  EXPECT_TRUE(status.is_complete);
  EXPECT_FALSE(status.is_current);
  EXPECT_THAT(status.trouble, HasSubstr("nodes is forbidden"));
  EXPECT_THAT(complaints_, SizeIs(1));  // it is said once
}

TEST_F(ListWatchTest, a_server_that_lags_behind_is_waited_for_and_believed_in_the_end) {
  pace_.apart = 1ms;
  server_.answer(list_of({{"a", 90}}, 100));
  const std::string lags =
      R"({"kind":"Status","message":"Too large resource version","details":{"causes":[)"
      R"({"reason":"ResourceVersionTooLarge"}]},"code":504})";
  for (int i = 0; i < 2; ++i) server_.answer(504, lags);
  server_.answer(event("ADDED", "b", 101));
  begin();
  EXPECT_TRUE(knows({{"a", 90}, {"b", 101}}));
  EXPECT_EQ(reflector_->status().lists, 1u);
}

class AuditTest : public ListWatchTest {
 protected:
  // a, b and c are known, and a watch waits.
  void begin_with_three() {
    pace_.stalled = 5s;
    pace_.head = 5s;
    server_.answer(list_of({{"a", 1}, {"b", 2}, {"c", 3}}, 20));
    begin();
    EXPECT_TRUE(knows({{"a", 1}, {"b", 2}, {"c", 3}}));
    server_.asked(2);
  }
};

TEST_F(AuditTest, what_a_watch_has_lost_is_found_and_listed_anew) {
  begin_with_three();
  const Objects truth{{"a", 5}, {"c", 3}, {"d", 19}};
  server_.answer_audit(list_of(truth, 30));
  EXPECT_TRUE(reflector_->audit());
  server_.answer("");  // to the watch that was given up
  server_.answer(list_of(truth, 30));
  EXPECT_TRUE(knows(truth));
  EXPECT_EQ(lost_, 3u);
  EXPECT_EQ(reflector_->status().lost, 3u);
}

TEST_F(AuditTest, what_is_on_its_way_is_not_lost) {
  pace_.grace = 500ms;
  begin_with_three();
  server_.answer_audit(list_of({{"a", 25}, {"c", 3}, {"d", 26}}, 30));
  std::thread watch([this] {
    std::this_thread::sleep_for(50ms);
    server_.answer(event("DELETED", "b", 24) + event("MODIFIED", "a", 25) +
                   event("ADDED", "d", 26));
  });
  EXPECT_TRUE(reflector_->audit());
  watch.join();
  EXPECT_TRUE(knows({{"a", 25}, {"c", 3}, {"d", 26}}));
  EXPECT_EQ(lost_, 0u);
  EXPECT_EQ(reflector_->status().lists, 1u);
}

TEST_F(AuditTest, what_is_the_same_costs_one_list_and_nothing_else) {
  begin_with_three();
  server_.answer_audit(list_of({{"a", 1}, {"b", 2}, {"c", 3}}, 30));
  EXPECT_TRUE(reflector_->audit());
  EXPECT_EQ(reflector_->status().audits, 1u);
  EXPECT_EQ(lost_, 0u);
}

TEST_F(AuditTest, an_audit_that_fails_changes_nothing) {
  begin_with_three();
  server_.answer_audit("no list");
  EXPECT_FALSE(reflector_->audit());
  EXPECT_TRUE(knows({{"a", 1}, {"b", 2}, {"c", 3}}));
}

}  // namespace
}  // namespace gthulhu
