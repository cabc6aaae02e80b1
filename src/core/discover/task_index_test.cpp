// SPDX-License-Identifier: Apache-2.0
#include "core/discover/task_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <random>

namespace gthulhu {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = TaskEvent::Kind;

constexpr CgroupId first_container{101};
constexpr CgroupId second_container{102};
constexpr CgroupId other_pod{201};
constexpr CgroupId outside{900};

std::map<PodUid, PodPlaces> two_pods() {
  return {{PodUid("a"), {"/pod-a", {{first_container, "c1"}, {second_container, "c2"}}}},
          {PodUid("b"), {"/pod-b", {{other_pod, "c3"}}}}};
}

TaskEvent started(TaskId task, pid_t process, CgroupId cgroup, const std::string& comm = "sh") {
  return {Kind::started, task, process, 1, cgroup, comm, {}};
}
TaskEvent executed(TaskId task, CgroupId cgroup, const std::string& comm) {
  return {Kind::executed, task, task.tid, 1, cgroup, comm, {}};
}
TaskEvent ended(TaskId task, pid_t process) {
  return {Kind::ended, task, process, 1, {}, "", {}};
}

class TaskIndexTest : public testing::Test {
 protected:
  TaskIndexTest() { index_.pods_are(two_pods()); }

  void apply(const TaskEvent& event) { EXPECT_EQ(index_.apply(event), TaskIndex::Applied::done); }
  std::vector<Process> in(const std::string& pod) {
    std::vector<Process> processes;
    for (const Shared<PodProcesses>& found : index_.of(std::set{PodUid(pod)})) {
      for (const Shared<Process>& process : found->processes) processes.push_back(*process);
    }
    return processes;
  }

  TaskIndex index_;
};

TEST_F(TaskIndexTest, a_process_is_known_from_its_start_to_its_end_with_its_threads) {
  apply(started({10, 5}, 10, first_container));
  apply(executed({10, 5}, first_container, "web"));
  apply(started({11, 6}, 10, first_container, "web"));
  apply({Kind::renamed, {11, 6}, 10, 1, first_container, "worker", {}});
  const Process web{{10, 5}, 1, "web", {{{10, 5}, "web"}, {{11, 6}, "worker"}}, "c1"};
  EXPECT_THAT(in("a"), ElementsAre(web));
  EXPECT_EQ(index_.thread_count(), 2u);
  apply(ended({11, 6}, 10));
  apply(ended({10, 5}, 10));
  EXPECT_THAT(in("a"), IsEmpty());
  EXPECT_EQ(index_.process_count() + index_.thread_count(), 0u);
}

TEST_F(TaskIndexTest, a_number_given_to_another_process_inherits_nothing) {
  apply(started({10, 5}, 10, first_container, "old"));
  apply(started({10, 9}, 10, other_pod, "new"));
  EXPECT_THAT(in("a"), IsEmpty());
  EXPECT_THAT(in("b"), ElementsAre(Process{{10, 9}, 1, "new", {{{10, 9}, "new"}}, "c3"}));
  // The end of the old one comes late.
  apply(ended({10, 5}, 10));
  EXPECT_EQ(in("b").size(), 1u);
}

TEST_F(TaskIndexTest, a_thread_that_executes_becomes_the_process) {
  apply(started({10, 5}, 10, first_container, "web"));
  apply(started({11, 6}, 10, first_container, "web"));
  apply(ended({10, 5}, 10));
  apply(executed({10, 5}, first_container, "next"));
  EXPECT_THAT(in("a"), ElementsAre(Process{{10, 5}, 1, "next", {{{10, 5}, "next"}}, "c1"}));
}

TEST_F(TaskIndexTest, a_process_whose_first_thread_ended_lives_on) {
  apply(started({10, 5}, 10, first_container, "web"));
  apply(started({11, 6}, 10, first_container, "worker"));
  apply(ended({10, 5}, 10));
  EXPECT_THAT(in("a"), ElementsAre(Process{{10, 5}, 1, "web", {{{11, 6}, "worker"}}, "c1"}));
}

TEST_F(TaskIndexTest, moves_are_followed_into_another_pod_and_out_of_all) {
  apply(started({10, 5}, 10, first_container));
  apply(started({11, 6}, 10, first_container));
  apply({Kind::moved, {11, 6}, 10, 1, other_pod, "sh", {}});
  EXPECT_EQ(in("a").front().threads.size(), 1u);
  EXPECT_EQ(in("b").front().threads.size(), 1u);
  apply({Kind::process_moved, {10, 5}, 10, 1, second_container, "sh", {}});
  EXPECT_EQ(in("a").front().threads.size(), 2u);
  EXPECT_EQ(in("a").front().container_id, Shared<std::string>("c2"));
  EXPECT_THAT(in("b"), IsEmpty());
  apply({Kind::process_moved, {10, 5}, 10, 1, outside, "sh", {}});
  EXPECT_EQ(index_.process_count(), 0u);
}

TEST_F(TaskIndexTest, what_an_event_does_not_tell_has_to_be_looked_at) {
  EXPECT_EQ(index_.apply(started({11, 6}, 10, first_container)),
            TaskIndex::Applied::look_at_process);
  EXPECT_EQ(index_.apply({Kind::process_moved, {10, 5}, 10, 1, first_container, "x", {}}),
            TaskIndex::Applied::look_at_process);
  EXPECT_EQ(index_.apply({Kind::noticed, {}, 10, 0, {}, "", {}}),
            TaskIndex::Applied::look_at_process);
  // Nobody has to know what is in no pod.
  apply(started({11, 6}, 10, outside));
  const FoundProcess found{{10, 5}, 1, "web", {{{{10, 5}, "web"}, first_container}}};
  EXPECT_TRUE(index_.process_is(10, found));
  EXPECT_FALSE(index_.process_is(10, found)) << "that was known";
  EXPECT_EQ(in("a").size(), 1u);
  EXPECT_TRUE(index_.process_is(10, std::nullopt));
  EXPECT_THAT(in("a"), IsEmpty());
}

TEST_F(TaskIndexTest, has_news_only_of_pods_that_somebody_asked_for) {
  in("a");
  EXPECT_FALSE(index_.has_news());
  apply(started({20, 5}, 20, other_pod));
  EXPECT_FALSE(index_.has_news());
  apply(started({10, 5}, 10, first_container));
  EXPECT_TRUE(index_.has_news());
  const auto first = index_.of(std::set{PodUid("a"), PodUid("b")});
  EXPECT_FALSE(index_.has_news());
  apply(ended({20, 5}, 20));
  const auto second = index_.of(std::set{PodUid("a"), PodUid("b")});
  EXPECT_TRUE(second[0].is_same(first[0])) << "nothing happened in it";
  EXPECT_FALSE(second[1].is_same(first[1]));
}

TEST_F(TaskIndexTest, a_program_is_wanted_of_some_pods_until_something_else_is_executed) {
  apply(started({10, 5}, 10, first_container, "sh"));
  apply(started({20, 5}, 20, other_pod, "sh"));
  EXPECT_THAT(index_.without_program(), IsEmpty());
  index_.programs_are_wanted_of(std::set{PodUid("a")});
  EXPECT_THAT(index_.without_program(), ElementsAre(TaskId{10, 5}));
  index_.program_is({10, 4}, {"/bin/false", "of one before"});
  EXPECT_THAT(index_.without_program(), ElementsAre(TaskId{10, 5}));
  in("a");
  index_.program_is({10, 5}, {"/bin/sh", "sh -c x"});
  EXPECT_TRUE(index_.has_news());
  EXPECT_EQ(in("a").front().program->cmdline, "sh -c x");
  index_.program_is({10, 5}, {"/bin/sh", "sh -c x"});
  EXPECT_FALSE(index_.has_news());
  // A look at what is known already leaves it.
  index_.process_is(10, FoundProcess{{10, 5}, 1, "sh", {{{{10, 5}, "sh"}, second_container}}});
  EXPECT_EQ(in("a").front().program->cmdline, "sh -c x");
  // So does the same name not.
  apply(executed({10, 5}, second_container, "sh"));
  EXPECT_THAT(index_.without_program(), ElementsAre(TaskId{10, 5}));
}

TEST_F(TaskIndexTest, pods_come_and_go_with_what_is_in_them) {
  apply(started({10, 5}, 10, first_container));
  auto pods = two_pods();
  pods[PodUid("a")].containers.erase(second_container);
  EXPECT_THAT(index_.pods_are(pods), IsEmpty());
  EXPECT_EQ(in("a").size(), 1u);
  pods[PodUid("c")] = {"/pod-c", {{CgroupId{301}, ""}}};
  EXPECT_THAT(index_.pods_are(pods), ElementsAre(CgroupId{301}));
  pods.erase(PodUid("a"));
  EXPECT_THAT(index_.pods_are(pods), IsEmpty());
  EXPECT_TRUE(index_.has_news());
  EXPECT_EQ(index_.process_count(), 0u);
}

// A kernel with some numbers for its tasks, so that they are soon given again.
class Kernel {
 public:
  explicit Kernel(unsigned seed) : random_(seed) {}

  std::deque<TaskEvent> events;
  std::map<pid_t, FoundProcess> processes;

  void step() {
    ++now_;
    switch (pick(9)) {
      case 0:
      case 1: fork(); break;
      case 2:
      case 3: clone(); break;
      case 4: execute(); break;
      case 5: move(); break;
      case 6: rename(); break;
      default: end(); break;
    }
  }
  std::optional<FoundProcess> look(pid_t process) const {
    const auto found = processes.find(process);
    return found == processes.end() ? std::nullopt : std::optional(found->second);
  }
  std::size_t pick(std::size_t count) { return random_() % count; }

 private:
  CgroupId any_place() {
    constexpr std::array places{first_container, second_container, other_pod, outside};
    return places.at(pick(places.size()));
  }
  std::optional<pid_t> free_number() {
    const auto number = static_cast<pid_t>(10 + pick(20));
    for (const auto& [process, found] : processes) {
      for (const auto& thread : found.threads) {
        if (thread.thread.id.tid == number || process == number) return std::nullopt;
      }
    }
    return number;
  }
  FoundProcess* any_process() {
    if (processes.empty()) return nullptr;
    return &std::next(processes.begin(), static_cast<std::ptrdiff_t>(pick(processes.size())))
                ->second;
  }
  void tell(Kind kind, const FoundProcess& process, const FoundProcess::FoundThread& thread) {
    events.push_back({kind,
                      thread.thread.id,
                      process.id.tid,
                      process.parent,
                      thread.cgroup,
                      thread.thread.comm,
                      {}});
  }
  void fork() {
    const auto number = free_number();
    if (!number) return;
    const TaskId id{*number, now_};
    const FoundProcess made{id, 1, "forked", {{{id, "forked"}, any_place()}}};
    processes[*number] = made;
    tell(Kind::started, made, made.threads.front());
  }
  void clone() {
    FoundProcess* process = any_process();
    const auto number = free_number();
    if (process == nullptr || !number) return;
    const FoundProcess::FoundThread made{{{*number, now_}, process->comm},
                                         process->threads.front().cgroup};
    const auto at = std::ranges::find_if(
        process->threads, [&](const auto& other) { return other.thread.id.tid > *number; });
    tell(Kind::started, *process, *process->threads.insert(at, made));
  }
  void execute() {
    FoundProcess* process = any_process();
    if (process == nullptr) return;
    const CgroupId place = process->threads.back().cgroup;
    const pid_t survivor = process->threads.back().thread.id.tid;
    for (const auto& thread : process->threads) {
      if (thread.thread.id.tid != survivor) tell(Kind::ended, *process, thread);
    }
    process->comm = "executed" + std::to_string(now_ % 3);
    process->threads = {{{process->id, process->comm}, place}};
    tell(Kind::executed, *process, process->threads.front());
  }
  void move() {
    FoundProcess* process = any_process();
    if (process == nullptr) return;
    const CgroupId place = any_place();
    if (pick(2) == 0) {
      for (auto& thread : process->threads) thread.cgroup = place;
      tell(Kind::process_moved, *process, process->threads.front());
    } else {
      auto& thread = process->threads.at(pick(process->threads.size()));
      thread.cgroup = place;
      tell(Kind::moved, *process, thread);
    }
  }
  void rename() {
    FoundProcess* process = any_process();
    if (process == nullptr) return;
    auto& thread = process->threads.at(pick(process->threads.size()));
    thread.thread.comm = "renamed" + std::to_string(now_ % 3);
    if (thread.thread.id == process->id) process->comm = thread.thread.comm;
    tell(Kind::renamed, *process, thread);
  }
  void end() {
    FoundProcess* process = any_process();
    if (process == nullptr) return;
    const std::size_t index = pick(process->threads.size());
    tell(Kind::ended, *process, process->threads.at(index));
    process->threads.erase(process->threads.begin() + static_cast<std::ptrdiff_t>(index));
    if (process->threads.empty()) processes.erase(process->id.tid);
  }

  std::mt19937 random_;
  std::uint64_t now_ = 1;
};

// The index of what is looked at now.
RunningPods truth(const Kernel& kernel) {
  TaskIndex index;
  index.pods_are(two_pods());
  for (const auto& [number, process] : kernel.processes) index.process_is(number, process);
  return index.all();
}

void take(TaskIndex& index, Kernel& kernel, std::size_t count) {
  for (; count > 0 && !kernel.events.empty(); --count) {
    const TaskEvent event = kernel.events.front();
    kernel.events.pop_front();
    // A look sees what is now, which may be long after the event.
    if (index.apply(event) == TaskIndex::Applied::look_at_process) {
      index.process_is(event.process, kernel.look(event.process));
    }
  }
}

TEST(TaskIndexProperty, after_the_last_event_it_is_what_a_look_would_find_whoever_looked_before) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    Kernel kernel(seed);
    TaskIndex index;
    index.pods_are(two_pods());
    for (int step = 0; step < 300; ++step) {
      kernel.step();
      if (kernel.pick(3) == 0) take(index, kernel, kernel.pick(8));
      // An audit, while events are under way.
      const auto number = static_cast<pid_t>(10 + kernel.pick(20));
      if (kernel.pick(10) == 0) index.process_is(number, kernel.look(number));
    }
    take(index, kernel, kernel.events.size());
    ASSERT_EQ(index.all(), truth(kernel)) << "seed " << seed;
  }
}

TEST(TaskIndexProperty, after_lost_events_a_look_at_every_process_repairs_it) {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    Kernel kernel(seed);
    TaskIndex index;
    index.pods_are(two_pods());
    for (int step = 0; step < 200; ++step) {
      kernel.step();
      if (!kernel.events.empty() && kernel.pick(4) == 0) kernel.events.pop_front();
      take(index, kernel, 1);
    }
    take(index, kernel, kernel.events.size());
    std::set<pid_t> numbers;
    for (const auto& [number, process] : kernel.processes) numbers.insert(number);
    for (const std::string pod : {"a", "b"}) {
      for (const pid_t known : index.processes_of(PodUid(pod))) numbers.insert(known);
    }
    for (const pid_t number : numbers) index.process_is(number, kernel.look(number));
    ASSERT_EQ(index.all(), truth(kernel)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace gthulhu
