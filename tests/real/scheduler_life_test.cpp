// SPDX-License-Identifier: Apache-2.0
//
// How the scheduler ends on a real kernel, and how it goes on without who attached it.
#include <bpf/bpf.h>
#include <sys/mman.h>

#include <array>

#include "adapters/bpf/scheduler_place.h"
#include "bpf/scheduler_record.h"
#include "tests/real/scheduler_ground.h"

namespace gthulhu {
namespace {

// The variables of a loaded program, of the one that was loaded last.
template <class T>
T* variables(const std::string& section) {
  int newest = -1;
  for (std::uint32_t id = 0; ::bpf_map_get_next_id(id, &id) == 0;) {
    const int map = ::bpf_map_get_fd_by_id(id);
    bpf_map_info info{};
    std::uint32_t size = sizeof info;
    if (::bpf_map_get_info_by_fd(map, &info, &size) == 0 && section == info.name) newest = map;
  }
  void* const at = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED, newest, 0);
  return at == MAP_FAILED ? nullptr : static_cast<T*>(at);
}

class SchedulerLifeTest : public SchedulerGround {
 protected:
  // What is pinned, and what is attached.
  void TearDown() override {
    RealCgroupTest::TearDown();
    if (IsSkipped()) return;
    scheduler_.reset();
    const auto place = SchedulerPlace::open({});
    EXPECT_TRUE(place->claim());
    EXPECT_TRUE(place->remove());
    EXPECT_TRUE(is_vacant_soon());
  }
};

TEST_F(SchedulerLifeTest, PinnedItIsHadByAnotherWithItsRules) {
  ASSERT_NO_FATAL_FAILURE(attach_scheduler());
  const SchedulerPlace::Settings settings;
  const auto place = SchedulerPlace::open(settings);
  ASSERT_TRUE(place->claim());
  EXPECT_EQ(SchedulerPlace::open(settings)->claim().error().code, Errc::conflict);
  EXPECT_EQ(place->left(), SchedulerPlace::Left::nothing);
  const Result<> pinned = place->pin(*scheduler_);
  ASSERT_TRUE(pinned.has_value()) << pinned.error().text();
  EXPECT_EQ(place->left(), SchedulerPlace::Left::same);
  const std::string kept = make("/kept");
  const std::string stale = make("/stale");
  const pid_t first = hog("/kept");
  const pid_t second = hog("/stale");
  set(id_of(kept), rule(5));
  set(id_of(stale), rule(7));
  const TaskRuleKey of_second{.task = {second, start_ticks(second)}};
  set(of_second, rule(8));
  EXPECT_TRUE(comes_to(first, 5) && comes_to(second, 8));
  const auto adopted = place->adopt();
  ASSERT_TRUE(adopted.has_value()) << adopted.error().text();
  EXPECT_FALSE((*adopted)->end().has_value());
  const auto found = (*adopted)->read(first);
  EXPECT_TRUE(found && *found && (*found)->rule.priority.value() == 5);
  for (unsigned i = 0; i < 3 * std::thread::hardware_concurrency(); ++i) hog("/kept");
  EXPECT_TRUE(eventually([&] {
    const SchedulerLoad load = (*adopted)->load_now();
    return load.queued + load.chosen > 0;
  })) << "who looks after one that is adopted is told of its load";
  ASSERT_TRUE((*adopted)->keep_only({id_of(kept)}));
  (*adopted)->publish();
  EXPECT_TRUE(comes_to(second, 0));
  EXPECT_TRUE(comes_to(first, 5));
}

TEST_F(SchedulerLifeTest, LeavesByItselfWithoutASignOfLife) {
  ASSERT_NO_FATAL_FAILURE(attach_scheduler());
  scheduler_->live_until(boot_time(), boot_time() + 100ms);
  EXPECT_TRUE(eventually([] { return scheduler_->end().has_value(); }));
  EXPECT_TRUE(is_vacant_soon());
  ASSERT_TRUE(scheduler_->end().has_value());
  EXPECT_EQ(scheduler_->end()->message, "no sign of life");
  EXPECT_EQ(scheduler_->end()->dump, "");
}

// An error is made by telling it of waiting tasks on a CPU that there is not: it asks for a queue
// that was never made.
TEST_F(SchedulerLifeTest, TheKernelsWordsAboutAnErrorAreKept) {
  ASSERT_NO_FATAL_FAILURE(attach_scheduler());
  EXPECT_FALSE(scheduler_->end().has_value());
  make("/pod");
  hog("/pod", 0);
  ASSERT_TRUE(eventually([&] { return used("/pod") > 50ms; }))
      << "of CPUs that rest nothing is told";
  auto* const shared = variables<gthulhu_shared>(".data.shared");
  auto* const cpus = variables<std::array<gthulhu_cpu, GTHULHU_CPUS_MOST>>(".data.cpus");
  ASSERT_NE(shared, nullptr);
  ASSERT_NE(cpus, nullptr);
  const std::uint32_t absent = shared->cpu_count;
  cpus->at(absent).ordinary_waits = 1;
  shared->cpu_count = absent + 1;
  EXPECT_TRUE(eventually([] { return scheduler_->end().has_value(); }));
  ASSERT_TRUE(scheduler_->end().has_value());
  const SchedulerEnd end = *scheduler_->end();
  EXPECT_EQ(scheduler_exit_kind(end.kind), SchedulerExitKind::error) << end.kind << end.reason;
  EXPECT_NE(end.message.find("DSQ"), std::string::npos) << end.message;
  EXPECT_NE(end.dump.find("CPU states"), std::string::npos) << end.dump;
  EXPECT_NE(end.dump.find("gthulhu: clock="), std::string::npos) << end.dump;
  EXPECT_LT(end.dump.size(), 32'768U);
  std::cout << end.reason << ": " << end.message << '\n' << end.dump.substr(0, 1'500) << '\n';
  EXPECT_TRUE(is_vacant_soon());
}

// Loads, attaches and pins a scheduler, then gives and takes rules of cgroups that are not there,
// beside one of `pod`, until it is killed. Nothing: it could not.
std::optional<pid_t> changes_rules_without_end(CgroupId pod) {
  std::array<int, 2> ready{};
  if (::pipe(ready.data()) != 0) return std::nullopt;
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const auto place = SchedulerPlace::open({});
    auto loaded = place->load();
    const bool is_there = loaded && place->claim() && (*loaded)->set(pod, rule(5)) &&
                          (*loaded)->attach() && place->pin(**loaded);
    const char told = is_there ? '1' : '0';
    if (::write(ready[1], &told, 1) != 1 || !is_there) ::_exit(1);
    for (std::uint64_t turn = 0;; ++turn) {
      const CgroupId absent{1'000'000 + turn % 50};
      (void)(*loaded)->set(absent, turn % 3 == 2 ? std::nullopt : std::optional(rule(7)));
      (*loaded)->publish();
    }
  }
  char told = '0';
  const bool is_told = ::read(ready[0], &told, 1) == 1 && told == '1';
  ::close(ready[0]);
  ::close(ready[1]);
  return is_told ? std::optional(child) : std::nullopt;
}

TEST_F(SchedulerLifeTest, OutlivesAKilledOwnerAndIsHadByTheNext) {
  const CgroupId pod = id_of(make("/pod"));
  const pid_t process = hog("/pod");
  for (int round = 0; round < 2; ++round) {
    // The place is claimed by its owner alone.
    const auto next = SchedulerPlace::open({});
    const std::optional<pid_t> owner = changes_rules_without_end(pod);
    ASSERT_TRUE(owner.has_value());
    EXPECT_EQ(next->claim().error().code, Errc::conflict);
    std::this_thread::sleep_for(std::chrono::milliseconds(50 + 37 * round));
    end(*owner);
    EXPECT_EQ(text_of("/sys/kernel/sched_ext/state"), "enabled\n");
    const auto began = std::chrono::steady_clock::now();
    ASSERT_TRUE(eventually([&] { return next->claim().has_value(); }));
    ASSERT_EQ(next->left(), SchedulerPlace::Left::same);
    auto adopted = next->adopt();
    ASSERT_TRUE(adopted.has_value()) << adopted.error().text();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
    ASSERT_TRUE((*adopted)->set(pod, rule(5)));
    ASSERT_TRUE((*adopted)->keep_only({pod}));
    (*adopted)->publish();
    EXPECT_TRUE(eventually([&] {
      const auto held = (*adopted)->read(process);
      return held && *held && (*held)->is_current && (*held)->rule.priority.value() == 5;
    }));
    (*adopted)->publish();
    EXPECT_TRUE(next->remove());
    EXPECT_TRUE(is_vacant_soon());
  }
}

}  // namespace
}  // namespace gthulhu
