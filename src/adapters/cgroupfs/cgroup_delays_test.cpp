// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/cgroup_delays.h"

#include <gmock/gmock.h>

#include <utility>

#include "adapters/cgroupfs/labelled_cgroup.h"
#include "adapters/cgroupfs/test_ground.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;

// Counts what the test says.
class FakeMeter : public RunQueueMeter {
 public:
  Result<> count_in(const Cgroups& cgroups) override {
    if (broken) return *broken;
    named = cgroups;
    return {};
  }
  Result<RunCounts> counted(MeterNumber number) override {
    RunCounts counts;
    counts.throttled = static_cast<std::uint64_t>(number);
    return counts;
  }

  Cgroups named;
  std::optional<Error> broken;
};

// Has counted what the test says.
class FakeQuotas : public QuotaCounts {
 public:
  Result<Counted> of(const std::set<CgroupId>& cgroups) const override {
    if (broken) return *broken;
    Counted found = now;
    std::erase_if(found.cgroups, [&](const auto& one) { return !cgroups.contains(one.first); });
    return found;
  }

  Counted now;
  std::optional<Error> broken;
};

// A v2 hierarchy made of files.
class CgroupDelaysTest : public testing::Test {
 protected:
  void pod(const std::string& path, int periods) {
    files_.write("cgroup" + path + "/cpu.stat",
                 "nr_periods " + std::to_string(periods) + "\nnr_throttled 1\nthrottled_usec 5\n");
    files_.write("cgroup" + path + "/cgroup.threads", "");
  }
  void open(std::unique_ptr<RunQueueMeter> meter = nullptr,
            const std::string& uncounted = "no meter") {
    tree_ = std::move(*CgroupTree::open(
        clock_, {CgroupVersion::v2, files_.root() + "/cgroup", false}, NodeName("n1")));
    delays_ = std::make_unique<CgroupDelays>(*tree_, std::move(meter), uncounted, quotas_);
  }
  CgroupId id_of(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::stat((files_.root() + "/cgroup" + path).c_str(), &status), 0);
    return CgroupId{status.st_ino};
  }
  void refresh() {
    clock_.advance(31s);
    tree_->refresh();
  }
  PodDelay look() { return delays_->of({uid_})->at(uid_); }

  const std::string pod_ = "/kubepods/pod7a26e3a3-4a3c-4a3c-8a3c-0123456789ab";
  const PodUid uid_{"7a26e3a3-4a3c-4a3c-8a3c-0123456789ab"};
  const std::string container_ = pod_ + "/" + std::string(64, 'a');
  TempTree files_;
  ManualClock clock_;
  const std::shared_ptr<FakeQuotas> quotas_ = std::make_shared<FakeQuotas>();
  std::unique_ptr<CgroupTree> tree_;
  std::unique_ptr<CgroupDelays> delays_;
};

TEST_F(CgroupDelaysTest, sum_the_throttling_of_all_cgroups_of_the_pod) {
  pod(pod_, 10);
  pod(container_, 3);
  pod("/kubepods", 100);
  open();
  EXPECT_EQ(look().throttling, (Throttling{13, 2, 10us}));
  EXPECT_FALSE(look().runs);
  EXPECT_EQ(delays_->uncounted(), "no meter");
}

TEST_F(CgroupDelaysTest, do_not_fall_when_a_container_ends_or_begins_anew) {
  pod(pod_, 10);
  pod(container_, 30);
  open();
  EXPECT_EQ(look().throttling.periods, 40U);
  const std::string directory = files_.root() + "/cgroup" + container_;
  std::filesystem::rename(directory, directory + "-old");
  pod(container_, 35);
  std::filesystem::remove_all(directory + "-old");
  refresh();
  EXPECT_EQ(look().throttling.periods, 75U);
  std::filesystem::remove_all(directory);
  EXPECT_EQ(look().throttling.periods, 75U);
  std::filesystem::remove_all(files_.root() + "/cgroup" + pod_);
  refresh();
  EXPECT_EQ(look().throttling.periods, 75U);
}

TEST_F(CgroupDelaysTest, add_what_a_scheduler_has_counted_in_all_cgroups_of_the_pod) {
  pod(pod_, 10);
  pod(container_, 3);
  pod("/kubepods", 100);
  quotas_->now = {1,
                  {{id_of(pod_), {5, 4, 3us}},
                   {id_of(container_), {50, 40, 30us}},
                   {id_of("/kubepods"), {500, 400, 300us}}}};
  open();
  EXPECT_EQ(look().throttling, (Throttling{68, 46, 43us}));
  EXPECT_EQ(look().throttling, (Throttling{68, 46, 43us}));
}

TEST_F(CgroupDelaysTest, do_not_fall_when_a_scheduler_goes_or_another_begins_at_0) {
  pod(pod_, 10);
  const CgroupId id = id_of(pod_);
  open();
  quotas_->now = {1, {{id, {20, 0, 0us}}}};
  EXPECT_EQ(look().throttling.periods, 30U);
  quotas_->now.cgroups.clear();  // it is about to end, and knows no cgroup any more
  EXPECT_EQ(look().throttling.periods, 30U);
  quotas_->now = {};
  EXPECT_EQ(look().throttling.periods, 30U);
  quotas_->now = {2, {{id, {5, 0, 0us}}}};
  EXPECT_EQ(look().throttling.periods, 35U);
  quotas_->now = {3, {{id, {6, 0, 0us}}}};  // nobody looked in between
  EXPECT_EQ(look().throttling.periods, 41U);
  quotas_->broken = Error{Errc::unsupported, "cannot be read", ""};
  EXPECT_EQ(look().throttling.periods, 41U);
  quotas_->broken.reset();
  quotas_->now = {3, {{id, {7, 0, 0us}}}};
  EXPECT_EQ(look().throttling.periods, 42U);
}

TEST_F(CgroupDelaysTest, keep_what_a_scheduler_has_counted_of_a_container_that_has_ended) {
  pod(pod_, 0);
  pod(container_, 0);
  quotas_->now = {1, {{id_of(container_), {20, 0, 0us}}}};
  open();
  EXPECT_EQ(look().throttling.periods, 20U);
  const std::string directory = files_.root() + "/cgroup" + container_;
  std::filesystem::rename(directory, directory + "-old");
  pod(container_, 0);
  std::filesystem::remove_all(directory + "-old");
  refresh();
  quotas_->now = {1, {{id_of(container_), {3, 0, 0us}}}};
  EXPECT_EQ(look().throttling.periods, 23U);
}

TEST_F(CgroupDelaysTest, have_the_meter_count_in_the_pods_own_cgroup_only) {
  pod(pod_, 0);
  pod(container_, 0);
  auto meter = std::make_unique<FakeMeter>();
  const FakeMeter& seen = *meter;
  open(std::move(meter));
  const PodDelay delay = look();
  ASSERT_EQ(seen.named.size(), 1U);
  const auto& [number, cgroups] = *seen.named.begin();
  EXPECT_EQ(cgroups, std::set{id_of(pod_)});
  ASSERT_TRUE(delay.runs);
  EXPECT_EQ(delay.runs->throttled, static_cast<std::uint64_t>(number));
}

TEST_F(CgroupDelaysTest, say_why_waits_cannot_be_told_and_tell_of_throttling_all_the_same) {
  pod(pod_, 10);
  auto meter = std::make_unique<FakeMeter>();
  FakeMeter& breaking = *meter;
  open(std::move(meter), "");
  EXPECT_TRUE(look().runs);
  breaking.broken = Error{Errc::unavailable, "no room", ""};
  EXPECT_FALSE(look().runs);
  EXPECT_EQ(look().throttling.periods, 10U);
  EXPECT_EQ(delays_->uncounted(), "no room");
  breaking.broken.reset();
  EXPECT_TRUE(look().runs);
  EXPECT_EQ(delays_->uncounted(), "");
}

TEST_F(CgroupDelaysTest, number_a_pod_anew_that_was_not_asked_for_in_between) {
  pod(pod_, 0);
  auto meter = std::make_unique<FakeMeter>();
  const FakeMeter& seen = *meter;
  open(std::move(meter));
  const MeterNumber first{static_cast<std::uint32_t>(look().runs->throttled)};
  look();
  EXPECT_TRUE(seen.named.contains(first));
  ASSERT_TRUE(delays_->of({}));
  EXPECT_TRUE(seen.named.empty());
  look();
  EXPECT_FALSE(seen.named.contains(first));
}

}  // namespace
}  // namespace gthulhu
