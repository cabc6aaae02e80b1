// SPDX-License-Identifier: Apache-2.0
//
// What counting run queue waits costs whoever switches: two processes on one CPU hand a byte to and
// fro, which is two switches and two wake-ups a round. Without the meter, with it in a cgroup that
// is not counted in, and in one that is; in turns, so that what else the machine does meets all of
// them. Needs root.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "adapters/bpf/bpf_run_queue_meter.h"
#include "adapters/cgroupfs/hierarchy.h"

namespace gthulhu {
namespace {

constexpr int turns = 15;
constexpr int rounds = 100'000;
constexpr MeterNumber number{1};

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "run_queue_meter_bench: %s\n", what.c_str());
  std::exit(2);
}

void stay_on_one_cpu() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  int cpu = 0;
  while (!CPU_ISSET(cpu, &allowed)) ++cpu;
  CPU_ZERO(&allowed);
  CPU_SET(cpu, &allowed);
  ::sched_setaffinity(0, sizeof allowed, &allowed);
}

void join(const std::string& cgroup) {
  std::ofstream file(cgroup + "/cgroup.procs");
  file << ::getpid() << std::flush;
  if (!file.good()) fail("cannot join " + cgroup);
}

void hand_over(int from, int to) {
  char byte = 0;
  if (::read(from, &byte, 1) != 1 || ::write(to, &byte, 1) != 1) ::_exit(1);
}

// ns for a round, in this cgroup.
double round_ns(const std::string& cgroup) {
  std::array<int, 2> there{};
  std::array<int, 2> back{};
  if (::pipe(there.data()) + ::pipe(back.data()) != 0) fail("no pipes are left");
  join(cgroup);
  const pid_t partner = ::fork();
  if (partner == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) hand_over(there[0], back[1]);
  }
  if (::write(there[1], "x", 1) != 1) fail("nobody takes the byte");
  for (int i = 0; i < rounds / 10; ++i) hand_over(back[0], there[1]);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < rounds; ++i) hand_over(back[0], there[1]);
  const auto took = std::chrono::steady_clock::now() - begin;
  ::kill(partner, SIGKILL);
  ::waitpid(partner, nullptr, 0);
  for (const int end : {there[0], there[1], back[0], back[1]}) ::close(end);
  return std::chrono::duration<double, std::nano>(took).count() / rounds;
}

CgroupId id_of(const std::string& cgroup) {
  struct stat status{};
  if (::stat(cgroup.c_str(), &status) != 0) fail("cannot look at " + cgroup);
  return CgroupId{status.st_ino};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int run() {
  const Result<CpuHierarchy> hierarchy = find_cpu_hierarchy();
  if (!hierarchy) fail(hierarchy.error().text());
  stay_on_one_cpu();
  const std::string cgroup = hierarchy->root + "/bench-of-gthulhu-" + std::to_string(::getpid());
  const std::string other = cgroup + "-other";
  for (const std::string& made : {cgroup, other}) {
    if (::mkdir(made.c_str(), 0755) != 0) fail("cannot make " + made);
  }

  std::vector<double> without;
  std::vector<double> outside;
  std::vector<double> inside;
  for (int turn = 0; turn < turns; ++turn) {
    without.push_back(round_ns(cgroup));
    auto meter = open_bpf_run_queue_meter(hierarchy->version);
    if (!meter) fail(meter.error().text());
    if (!(*meter)->count_in({{number, {id_of(other)}}})) fail("nothing is counted");
    outside.push_back(round_ns(cgroup));
    if (!(*meter)->count_in({{number, {id_of(cgroup)}}})) fail("nothing is counted");
    inside.push_back(round_ns(cgroup));
  }
  join(hierarchy->root);
  ::rmdir(cgroup.c_str());
  ::rmdir(other.c_str());

  const double base = median(without);
  const auto line = [&](const char* what, const std::vector<double>& values) {
    const double value = median(values);
    std::printf("%-24s %6.0f ns a switch and wake-up, %+4.0f ns, %.3f x\n", what, value / 2,
                (value - base) / 2, value / base);
  };
  line("without the meter", without);
  line("a task that is not counted", outside);
  line("a task that is counted", inside);
  return 0;
}

}  // namespace
}  // namespace gthulhu

int main() {
  return gthulhu::run();
}
