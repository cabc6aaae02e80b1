// SPDX-License-Identifier: Apache-2.0
#include "adapters/cgroupfs/cgroup_processes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "adapters/cgroupfs/test_ground.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const NodeName node("n1");

std::string stat_line(pid_t tid, const std::string& comm, int parent, int start) {
  return std::to_string(tid) + " (" + comm + ") S " + std::to_string(parent) +
         " 1 1 0 -1 0 1 0 0 0 3 4 0 0 20 0 1 0 " + std::to_string(start) + " 1000 200\n";
}

// A host made of files: a v2 hierarchy and a /proc.
// Of process 10.
Process web(pid_t parent, std::vector<Thread> threads) {
  return {{10, 100}, parent, "web (main) 1", std::move(threads), ""};
}
Process single(TaskId id, pid_t parent, const std::string& comm) {
  return {id, parent, comm, {{id, comm}}, ""};
}

class FileHost {
 public:
  FileHost() {
    files_.write("cgroup/mine/a/cgroup.threads", "");
    files_.write("proc/", "");
    tree_ = std::move(
        *CgroupTree::open(clock, {CgroupVersion::v2, files_.root() + "/cgroup", false}, node));
    processes = std::move(*CgroupProcesses::open(clock, *tree_, "", files_.root() + "/proc"));
  }

  void task(pid_t tid, pid_t process, const std::string& comm, int start, int parent = 1) const {
    const std::string directory = "proc/" + std::to_string(tid);
    files_.write(directory + "/task/" + std::to_string(tid) + "/stat",
                 stat_line(tid, comm, parent, start));
    files_.write(directory + "/comm", comm + "\n");
    files_.write(directory + "/status", "Name:\tx\nTgid:\t" + std::to_string(process) + "\n");
  }
  void rename(pid_t tid, const std::string& comm) const {
    files_.write("proc/" + std::to_string(tid) + "/comm", comm + "\n");
  }
  void damage(pid_t tid) const {
    const std::string number = std::to_string(tid);
    files_.write("proc/" + number + "/task/" + number + "/stat", number + " (x) S 1\n");
  }
  void remove(pid_t tid) const {
    std::filesystem::remove_all(files_.root() + "/proc/" + std::to_string(tid));
  }
  void list(const std::string& tids, const std::string& path = "mine/a") const {
    files_.write("cgroup/" + path + "/cgroup.threads", tids);
  }

  std::vector<Process> look() {
    const CgroupTree::View view = tree_->refresh();
    const auto pods = processes->of(std::set{view->begin()->first});
    if (!pods || (*pods)->size() != 1) {
      ADD_FAILURE() << (pods ? "no pod" : pods.error().text());
      return {};
    }
    std::vector<Process> found;
    const Shared<PodProcesses> pod = (*pods)->front();
    for (const Shared<Process>& process : pod->processes) found.push_back(*process);
    return found;
  }

  ManualClock clock;
  std::unique_ptr<CgroupProcesses> processes;

 private:
  TempTree files_;
  std::unique_ptr<CgroupTree> tree_;
};

TEST(CgroupProcesses, put_threads_together_to_processes) {
  FileHost host;
  host.task(10, 10, "web (main) 1", 100, 3);
  host.task(11, 10, "worker", 101);
  host.task(20, 20, "db", 50, 10);
  host.list("20\n11\n10\n");
  EXPECT_THAT(host.look(), ElementsAre(web(3, {{{10, 100}, "web (main) 1"}, {{11, 101}, "worker"}}),
                                       single({20, 50}, 10, "db")));
  host.task(12, 10, "worker", 102);
  host.list("11\n12\n10\n");
  EXPECT_THAT(host.look(),
              ElementsAre(web(
                  3, {{{10, 100}, "web (main) 1"}, {{11, 101}, "worker"}, {{12, 102}, "worker"}})));
}

TEST(CgroupProcesses, with_their_first_thread_elsewhere_have_only_the_threads_in_the_pod) {
  FileHost host;
  host.task(10, 10, "web", 100);
  host.task(11, 10, "worker", 101);
  host.list("11\n");
  EXPECT_THAT(host.look(), ElementsAre(Process{{10, 100}, 1, "web", {{{11, 101}, "worker"}}, ""}));
}

TEST(CgroupProcesses, notice_exec_at_once_while_young_and_later_within_half_a_second) {
  FileHost host;
  host.task(10, 10, "gthulhu", 100);
  host.list("10\n");
  EXPECT_EQ(host.look().front().comm, "gthulhu");
  host.clock.advance(20ms);
  host.rename(10, "young");
  EXPECT_EQ(host.look().front().comm, "young");
  host.clock.advance(3s);
  EXPECT_EQ(host.look().front().comm, "young");
  host.rename(10, "old");
  host.clock.advance(20ms);
  EXPECT_EQ(host.look().front().comm, "young");
  host.clock.advance(480ms);
  EXPECT_EQ(host.look().front().comm, "old");
}

TEST(CgroupProcesses, notice_within_a_second_that_a_number_is_another_task) {
  FileHost host;
  host.task(10, 10, "web", 100);
  host.task(11, 10, "worker", 101);
  host.list("10\n11\n");
  host.look();
  host.task(10, 10, "next", 900);
  host.task(11, 11, "other", 901, 10);
  host.clock.advance(1s);
  EXPECT_THAT(host.look(),
              ElementsAre(single({10, 900}, 1, "next"), single({11, 901}, 10, "other")));
}

TEST(CgroupProcesses, of_a_number_that_left_and_came_back_are_read_anew) {
  FileHost host;
  host.task(10, 10, "web", 100);
  host.list("10\n");
  host.look();
  host.list("");
  EXPECT_THAT(host.look(), IsEmpty());
  host.task(10, 10, "later", 300);
  host.list("10\n");
  EXPECT_THAT(host.look(), ElementsAre(single({10, 300}, 1, "later")));
}

TEST(CgroupProcesses, notice_a_new_parent_within_a_second) {
  FileHost host;
  host.task(10, 10, "web", 100, 7);
  host.list("10\n");
  EXPECT_EQ(host.look().front().parent, 7);
  host.task(10, 10, "web", 100, 1);
  host.clock.advance(1s);
  EXPECT_EQ(host.look().front().parent, 1);
}

TEST(CgroupProcesses, that_end_while_they_are_looked_at_are_left_out) {
  FileHost host;
  host.task(10, 10, "web", 100);
  host.list("10\n11\n");
  EXPECT_EQ(host.look().size(), 1U);
  // On the list still, and now it can be read: nothing that was missed once is forgotten.
  host.task(11, 11, "slow", 200);
  EXPECT_EQ(host.look().size(), 2U);
  host.remove(10);
  host.clock.advance(1s);
  EXPECT_THAT(host.look(), ElementsAre(single({11, 200}, 1, "slow")));
}

TEST(CgroupProcesses, fail_as_a_whole_when_a_task_cannot_be_understood) {
  FileHost host;
  host.task(10, 10, "web", 100);
  host.list("10\n");
  EXPECT_EQ(host.look().size(), 1U);
  const PodUid pod = host.processes->all()->front()->pod();
  host.task(12, 12, "x", 1);
  host.damage(12);
  host.list("10\n12\n");
  EXPECT_EQ(host.processes->of(std::set{pod}).error().code, Errc::corrupt);
  EXPECT_EQ(host.processes->of(std::set{pod}).error().code, Errc::corrupt);
  host.task(12, 12, "x", 1);
  EXPECT_EQ(host.look().size(), 2U);
}

TEST(CgroupProcesses, pace_rereading_by_how_many_there_are) {
  EXPECT_EQ(RereadPace::of(1, 1).comm, 500ms);
  EXPECT_EQ(RereadPace::of(1, 1).start, 1s);
  EXPECT_EQ(RereadPace::of(2'000, 10'000).comm, 2s);
  EXPECT_EQ(RereadPace::of(2'000, 10'000).start, 10s);
}

}  // namespace
}  // namespace gthulhu
