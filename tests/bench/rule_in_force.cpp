// SPDX-License-Identifier: Apache-2.0
//
// How long it takes from a rule that is posted to a decision maker until the kernel goes by it, and
// by which rule the short-lived processes of a pod run meanwhile. In a guest, beside a decision
// maker whose scheduler is attached and pinned:
//
//     rule_in_force DATA_DIRECTORY ROUNDS
//
// A process that sleeps and wakes is read through the pins of the scheduler, not through the
// decision maker. Prints figures as scheduler_bench does: load, arm, figure, value, unit.
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "adapters/bpf/scheduler_program.h"
#include "main/node_access.h"
#include "wire/agent_client_json.h"

namespace gthulhu {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* pod_uid = "0a1b2c3d-1111-2222-3333-44445555abcd";
constexpr const char* container = "6f1e0c7d3b2a";
constexpr auto given_up_after = 5s;
constexpr int brief_processes = 1'000;

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "rule_in_force: %s\n", why.c_str());
  std::exit(1);
}

void print(const char* figure, double value, const char* unit) {
  std::printf("rule\tsched_ext\t%s\t%.2f\t%s\n", figure, value, unit);
  std::fflush(stdout);
}

std::string make_container() {
  const std::string path = std::string("/sys/fs/cgroup/kubepods/pod") + pod_uid + "/" + container;
  std::filesystem::create_directories(path);
  std::ofstream("/sys/fs/cgroup/cgroup.subtree_control") << "+cpu" << std::flush;
  std::ofstream("/sys/fs/cgroup/kubepods/cgroup.subtree_control") << "+cpu" << std::flush;
  return path;
}

void enter(const std::string& cgroup) {
  std::ofstream(cgroup + "/cgroup.procs") << ::getpid() << std::flush;
}

pid_t start_waker(const std::string& cgroup) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "waker");
  enter(cgroup);
  for (;;) std::this_thread::sleep_for(500us);
}

std::unique_ptr<SchedulerProgram> open_scheduler() {
  const std::string place = "/sys/fs/bpf/gthulhu/scheduler";
  for (const auto& entry : std::filesystem::directory_iterator(place)) {
    if (!entry.is_directory()) continue;
    auto opened = SchedulerProgram::open_pins(entry.path());
    if (opened) return *std::move(opened);
  }
  fail("no scheduler is pinned in " + place);
}

class Bench {
 public:
  explicit Bench(ApiClient client) : client_(std::move(client)), scheduler_(open_scheduler()) {}

  // One intent for the pod; for what processes of it, `command` says.
  void post(int priority, const std::string& command = "") {
    Intent intent;
    intent.pod = PodUid(pod_uid);
    intent.pod_name = "bench";
    intent.priority = Priority::clamp(priority);
    intent.command = CommandPattern::parse(command).value();
    const auto answer =
        client_.send("POST", "/api/v1/intents", wire::encode_go_intents({std::move(intent)}));
    if (!answer) fail(answer.error().text());
  }

  // Until the kernel goes by `priority` for the thread.
  std::chrono::nanoseconds wait_for(pid_t thread, int priority, Clock::time_point since) {
    while (Clock::now() - since < given_up_after) {
      const auto found = scheduler_->read(thread);
      if (found && *found && (*found)->rule.priority.value() == priority) {
        return Clock::now() - since;
      }
      std::this_thread::sleep_for(200us);
    }
    fail("the kernel does not go by priority " + std::to_string(priority));
  }

  // How many of short-lived processes ran by another priority than this one.
  int count_wrong(const std::string& cgroup, const char* name, int priority) {
    const pid_t parent = ::fork();
    if (parent == 0) {
      enter(cgroup);
      ::prctl(PR_SET_NAME, name);
      int wrong = 0;
      for (int i = 0; i < brief_processes; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
          std::this_thread::sleep_for(5ms);
          ::_exit(0);
        }
        siginfo_t ended{};
        // It is read before it is gone.
        ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);
        const auto found = scheduler_->read(child);
        ::waitpid(child, nullptr, 0);
        if (!found || !*found || (*found)->rule.priority.value() != priority) ++wrong;
      }
      *counted_ = wrong;
      ::_exit(0);
    }
    ::waitpid(parent, nullptr, 0);
    return *counted_;
  }

 private:
  ApiClient client_;
  std::unique_ptr<SchedulerProgram> scheduler_;
  int* counted_ = static_cast<int*>(
      ::mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
};

void run(const std::string& data_directory, int rounds) {
  SchedulerOptions options;
  options.data_dir = data_directory;
  auto client = client_of_node(options, {});
  if (!client) fail(client.error().text());
  Bench bench(*std::move(client));
  const std::string cgroup = make_container();
  const pid_t waker = start_waker(cgroup);
  std::vector<double> took_ms;
  for (int round = 0; round < rounds; ++round) {
    const int priority = 3 + round % 5;
    const auto since = Clock::now();
    bench.post(priority);
    took_ms.push_back(
        std::chrono::duration<double, std::milli>(bench.wait_for(waker, priority, since)).count());
    std::this_thread::sleep_for(20ms);
  }
  std::ranges::sort(took_ms);
  print("posted to in force, p50", took_ms[took_ms.size() / 2], "ms");
  print("posted to in force, p99", took_ms[took_ms.size() * 99 / 100], "ms");
  print("posted to in force, most", took_ms.back(), "ms");

  bench.post(6);
  (void)bench.wait_for(waker, 6, Clock::now());
  print("of 1,000 that live 5 ms with another rule than their pod's",
        bench.count_wrong(cgroup, "brief", 6), "processes");
  bench.post(6, "^brie.$");
  (void)bench.wait_for(waker, 0, Clock::now());
  print("the same, with a rule for a pattern of names", bench.count_wrong(cgroup, "brief", 6),
        "processes");
  ::kill(waker, SIGKILL);
  ::waitpid(waker, nullptr, 0);
}

}  // namespace
}  // namespace gthulhu

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: rule_in_force DATA_DIRECTORY ROUNDS\n");
    return 2;
  }
  gthulhu::run(argv[1], std::max(1, std::atoi(argv[2])));
  return 0;
}
